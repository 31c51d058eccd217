using System.Formats.Tar;
using AeroGrid.Images.Tests.Support;
using AeroGrid.Oci.References;
using AeroGrid.Registry.Tests.Support;

namespace AeroGrid.Images.Tests;

/// <summary>From requirements.txt to an image in AeroGrid's registry, with the real pip.</summary>
public sealed class DependencyBuildTests
{
    [Fact]
    public async Task Requirements_become_a_layer_on_the_runtime_and_again_the_same()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/python3"), "/usr/bin/python3 is not installed");
        await using var registry = await TestRegistry.StartAsync();
        await using var index = await PackageIndex.StartAsync();
        index.Add("alpha", "1.0", "answer = 42\n");
        var images = await RuntimeImages.PushAsync(registry.Client, TestRegistry.Name);

        var first = await BuildAsync(registry, index, images.Runtimes["python-web"], "one");
        var second = await BuildAsync(registry, index, images.Runtimes["python-web"], "one");

        second.ShouldBe(first);
        var runtime = await registry.Client.GetImageAsync(images.Runtimes["python-web"]);
        var image = await registry.Client.GetImageAsync(first);
        image.Manifest.Layers.Count.ShouldBe(runtime.Manifest.Layers.Count + 1);
        image.Configuration.Config!.Entrypoint.ShouldBe(runtime.Configuration.Config!.Entrypoint);
        image.Configuration.Config.Labels!["aerogrid.io/dependencies-hash"].ShouldBe("one");
        image.Configuration.RootFileSystem.DiffIds.ShouldBe(image.Manifest.Layers.Select(l => l.Digest));
        var content = new MemoryStream();
        await registry.Client.PullBlobAsync(first.Repository, image.Manifest.Layers[^1], content);
        content.Position = 0;
        List<string> names = [];
        await using var tar = new TarReader(content);
        while (await tar.GetNextEntryAsync() is { } entry)
            names.Add(entry.Name);
        names.ShouldContain("opt/aerogrid/dependencies/alpha/__init__.py");
        names.ShouldNotContain(name => name.EndsWith(".pyc"));
    }

    [Fact]
    public async Task A_registry_that_refuses_is_told_in_the_report()
    {
        await using var registry = await TestRegistry.StartAsync();
        var images = await RuntimeImages.PushAsync(registry.Client, TestRegistry.Name);
        using var builder = new Builder();
        builder.WriteCredential(TestRegistry.Name, TestRegistry.Puller.Name, TestRegistry.Puller.Password);
        Directory.CreateDirectory(builder.Site);

        var (exitCode, report) = await builder.RunAsync("push", PushEnvironment(registry, images.Runtimes["python"], "one"));

        exitCode.ShouldBe(1);
        report!["reason"]!.GetValue<string>().ShouldBe("Failed");
        report["message"]!.GetValue<string>().ShouldContain("refused the credential");
    }

    private static async Task<ImageReference> BuildAsync(TestRegistry registry, PackageIndex index, ImageReference runtime, string hash)
    {
        using var builder = new Builder();
        builder.WriteRequirements("alpha==1.0  # the only one\n");
        builder.WriteCredential(TestRegistry.Name, TestRegistry.Pusher.Name, TestRegistry.Pusher.Password);
        var resolved = await builder.RunAsync("resolve", new() { ["PIP_INDEX_URL"] = index.Address });
        resolved.ExitCode.ShouldBe(0, resolved.Report?.ToJsonString());
        var pushed = await builder.RunAsync("push", PushEnvironment(registry, runtime, hash));
        pushed.ExitCode.ShouldBe(0, pushed.Report?.ToJsonString());
        return ImageReference.Parse(pushed.Report!["image"]!.GetValue<string>());
    }

    private static Dictionary<string, string> PushEnvironment(TestRegistry registry, ImageReference runtime, string hash) => new()
    {
        ["AEROGRID_BASE_IMAGE"] = runtime.ToString(),
        ["AEROGRID_TARGET_IMAGE"] = $"{TestRegistry.Name}/demo/dependencies:{hash}",
        ["REGISTRY_ENDPOINT"] = registry.Address.ToString().TrimEnd('/'),
    };
}
