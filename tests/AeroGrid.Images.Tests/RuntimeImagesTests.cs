using AeroGrid.Oci.Specification;
using AeroGrid.Registry.Tests.Support;

namespace AeroGrid.Images.Tests;

public sealed class RuntimeImagesTests
{
    private static readonly Platform Amd64 = new() { OperatingSystem = "linux", Architecture = "amd64" };

    [Fact]
    public async Task Runtimes_and_builder_are_pushed_and_can_be_pulled()
    {
        await using var registry = await TestRegistry.StartAsync();

        var images = await RuntimeImages.PushAsync(registry.Client, TestRegistry.Name, Amd64, TestContext.Current.CancellationToken);

        images.Runtimes.Keys.ShouldBe(["python", "python-web"], ignoreOrder: true);
        var web = await registry.Client.GetImageAsync(images.Runtimes["python-web"], TestContext.Current.CancellationToken);
        web.Configuration.Architecture.ShouldBe("amd64");
        var container = web.Configuration.Config!;
        container.Entrypoint.ShouldBe(["python3", "-u", "app.py"]);
        container.WorkingDirectory.ShouldBe("/app");
        container.User.ShouldBe("65532:65532");
        container.Environment!.ShouldContain("PYTHONPATH=/opt/aerogrid/dependencies");
        container.Environment!.ShouldContain("PORT=8080");
        container.Labels!["aerogrid.io/runtime"].ShouldBe("python-web");
        var builder = await registry.Client.GetImageAsync(images.Builder, TestContext.Current.CancellationToken);
        builder.Configuration.Config!.Entrypoint.ShouldBe(["/usr/bin/python3", "-I", "-B", "/opt/aerogrid/builder"]);
    }

    [Fact]
    public async Task A_second_push_sends_nothing_and_gives_the_same_digests()
    {
        var writes = 0;
        await using var registry = await TestRegistry.StartAsync(before: context =>
        {
            if (context.Request.Method is not ("GET" or "HEAD"))
                Interlocked.Increment(ref writes);
            return Task.CompletedTask;
        });
        var first = await RuntimeImages.PushAsync(registry.Client, TestRegistry.Name, Amd64, TestContext.Current.CancellationToken);
        writes.ShouldBeGreaterThan(0);
        writes = 0;

        var second = await RuntimeImages.PushAsync(registry.Client, TestRegistry.Name, Amd64, TestContext.Current.CancellationToken);

        writes.ShouldBe(0);
        second.Builder.ShouldBe(first.Builder);
        second.Runtimes.ShouldBe(first.Runtimes, ignoreOrder: true);
    }

    [Fact]
    public void The_images_hold_exactly_the_files_of_the_repository()
    {
        foreach (var name in RuntimeImages.RuntimeNames.Append("builder"))
        {
            var root = Path.Combine(TestKit.Tools.RepositoryRoot, "deploy/images", name, "rootfs");
            var files = Directory.GetFiles(root, "*", SearchOption.AllDirectories)
                .Where(f => !f.Contains("__pycache__", StringComparison.Ordinal))
                .ToDictionary(f => Path.GetRelativePath(root, f), File.ReadAllBytes);

            var image = ImageDefinition.Load(name);

            image.Files.Select(f => f.Path).ShouldBe(files.Keys, ignoreOrder: true);
            foreach (var file in image.Files)
                file.Content.ToArray().ShouldBe(files[file.Path], file.Path);
        }
    }
}
