using System.Net;
using System.Text.Json.Nodes;
using AeroGrid.Registry.Tests.Support;
using AeroGrid.TestKit;

namespace AeroGrid.Registry.Tests.Storage;

/// <summary>The folder: what crashes leave, and what other tools make of it.</summary>
public sealed class LayoutTests
{
    [Fact]
    public async Task The_folder_is_an_image_layout()
    {
        await using var registry = await TestRegistry.StartAsync();
        var tagged = await registry.Http.PushImageAsync("demo/app", "v1");
        var bare = await registry.Http.PushImageAsync("demo/app", "", [7]);

        File.ReadAllText(Path.Combine(registry.Folder, "oci-layout")).ShouldBe("""{"imageLayoutVersion":"1.0.0"}""");
        var entries = JsonNode.Parse(File.ReadAllText(Path.Combine(registry.Folder, "index.json")))!["manifests"]!.AsArray();
        entries.Select(e => e!["annotations"]!["org.opencontainers.image.ref.name"]!.GetValue<string>()).ShouldBe(["demo/app:v1", $"demo/app@{bare.Manifest}"]);
        entries[0]!["digest"]!.GetValue<string>().ShouldBe(tagged.Manifest);
    }

    [Fact]
    public async Task Skopeo_reads_the_folder()
    {
        Assert.SkipUnless(Tools.Has("skopeo"), "skopeo is not installed");
        await using var registry = await TestRegistry.StartAsync();
        var image = await registry.Http.PushImageAsync("demo/app", "v1");

        var result = await Command.RunAsync("skopeo", ["inspect", $"oci:{registry.Folder}:demo/app:v1"]);

        result.ExitCode.ShouldBe(0, result.ToString());
        JsonNode.Parse(result.Output)!["Digest"]!.GetValue<string>().ShouldBe(image.Manifest);
    }

    [Fact]
    public async Task Skopeo_copies_out_of_the_registry_and_into_it()
    {
        Assert.SkipUnless(Tools.Has("skopeo"), "skopeo is not installed");
        await using var registry = await TestRegistry.StartAsync();
        await registry.Http.PushImageAsync("demo/app", "v1");
        var host = registry.Address.Authority;
        var copy = Path.Combine(registry.Folder, "..", Path.GetRandomFileName());
        var (pull, push) = ($"{TestRegistry.Puller.Name}:{TestRegistry.Puller.Password}", $"{TestRegistry.Pusher.Name}:{TestRegistry.Pusher.Password}");
        try
        {
            var pulled = await Command.RunAsync("skopeo", ["copy", "--src-tls-verify=false", "--src-creds", pull, $"docker://{host}/demo/app:v1", $"oci:{copy}:app"]);
            pulled.ExitCode.ShouldBe(0, pulled.ToString());
            var pushed = await Command.RunAsync("skopeo", ["copy", "--dest-tls-verify=false", "--dest-creds", push, $"oci:{copy}:app", $"docker://{host}/demo/copied:v2"]);
            pushed.ExitCode.ShouldBe(0, pushed.ToString());
            var tags = await Command.RunAsync("skopeo", ["list-tags", "--tls-verify=false", "--creds", pull, $"docker://{host}/demo/copied"]);
            tags.Output.ShouldContain("v2");
            var refused = await Command.RunAsync("skopeo", ["copy", "--dest-tls-verify=false", "--dest-creds", pull, $"oci:{copy}:app", $"docker://{host}/demo/no:v2"]);
            refused.ExitCode.ShouldNotBe(0);
            var deleted = await Command.RunAsync("skopeo", ["delete", "--tls-verify=false", "--creds", push, $"docker://{host}/demo/copied:v2"]);
            deleted.ExitCode.ShouldBe(0, deleted.ToString());
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }

        (await registry.Http.SendAsync("HEAD", "/v2/demo/copied/manifests/v2")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task What_a_crash_leaves_half_written_does_no_harm()
    {
        await using var registry = await TestRegistry.StartAsync();
        var image = await registry.Http.PushImageAsync("demo/app", "v1");
        File.WriteAllText(Path.Combine(registry.Folder, "index.json.new"), "{\"schemaVersion\":2,\"manif");
        File.WriteAllText(Path.Combine(registry.Folder, "oci-layout.new"), "");
        File.WriteAllText(Path.Combine(registry.Folder, "uploads", Guid.NewGuid().ToString("N")), "half a blob");

        await registry.RestartAsync();

        (await registry.Http.SendAsync("HEAD", "/v2/demo/app/manifests/v1")).Headers.GetValues("Docker-Content-Digest").ShouldBe([image.Manifest]);
        await registry.Http.PushImageAsync("demo/app", "v2");
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("{\"manifests\":[{\"digest\":\"sha256:00\",\"annotations\":{\"org.opencontainers.image.ref.name\":\"a:b\"}}]}")]
    [InlineData("{\"manifests\":[{\"mediaType\":\"x\",\"size\":1,\"digest\":\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"}]}")]
    public async Task A_damaged_index_is_told_and_not_overwritten(string content)
    {
        var folder = Directory.CreateTempSubdirectory("aerogrid-registry-").FullName;
        try
        {
            var index = Path.Combine(folder, "index.json");
            File.WriteAllText(index, content);

            var failure = await Should.ThrowAsync<InvalidDataException>(TestRegistry.StartAsync(folder: folder));

            failure.Message.ShouldContain(index);
            File.ReadAllText(index).ShouldBe(content);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_full_disk_is_told_and_leaves_nothing_half_written()
    {
        using var disk = SmallDisk.TryMount(kibibytes: 512);
        Assert.SkipWhen(disk is null, "a small file system can only be mounted by root");
        await using var registry = await TestRegistry.StartAsync(folder: disk.Folder);
        var image = await registry.Http.PushImageAsync("demo/app", "v1");
        var large = new byte[2_000_000];

        var (status, _, message) = await registry.Http.SendAsync("POST", $"/v2/demo/app/blobs/uploads/?digest={RawRegistry.DigestOf(large)}", large).ErrorAsync();

        status.ShouldBe(HttpStatusCode.InsufficientStorage);
        message.ShouldContain("space");
        Directory.GetFiles(Path.Combine(disk.Folder, "uploads")).ShouldBeEmpty();
        // Filled to the last byte, not even a manifest fits; the index stays as it was.
        disk.Fill();
        var manifest = RawRegistry.Manifest([], []);
        (await registry.Http.SendAsync("PUT", "/v2/demo/app/manifests/v2", manifest, RawRegistry.ManifestType)).StatusCode.ShouldBe(HttpStatusCode.InsufficientStorage);
        await registry.RestartAsync();
        (await registry.Http.SendAsync("HEAD", "/v2/demo/app/manifests/v1")).Headers.GetValues("Docker-Content-Digest").ShouldBe([image.Manifest]);
        // With space again, everything goes on.
        disk.Free();
        await registry.Http.PushImageAsync("demo/app", "v3");
    }
}
