using AeroGrid.Oci.Distribution;
using AeroGrid.Oci.References;
using AeroGrid.Oci.Specification;
using AeroGrid.Registry.Tests.Support;

namespace AeroGrid.Oci.Tests.Distribution;

/// <summary>The client against AeroGrid's registry, when nothing goes wrong.</summary>
public sealed class PushAndPullTests
{
    [Fact]
    public async Task A_code_layer_is_appended_through_the_registry()
    {
        await using var registry = await TestRegistry.StartAsync();
        var client = registry.Client;
        var dependencies = await client.PushImageAsync(TestRegistry.Reference("demo/dependencies:abc"), TestImages.Base());
        var baseImage = await client.GetImageAsync(dependencies);

        var app = await client.PushImageAsync(TestRegistry.Reference("demo/app:r1"), TestImages.App(baseImage, "print(1)"), dependencies.Repository);

        app.Digest.ShouldNotBeNull();
        var pulled = await client.GetImageAsync(app);
        pulled.Manifest.Layers.Count.ShouldBe(2);
        pulled.Configuration.Config!.Entrypoint.ShouldBe(["python3", "-u", "app.py"]);
        foreach (var layer in pulled.Manifest.Layers)
            await client.PullBlobAsync(app.Repository, layer, Stream.Null);
        (await client.ListTagsAsync(app.Repository)).ShouldBe(["r1"]);
    }

    [Fact]
    public async Task Missing_things_are_null_false_empty_or_not_found()
    {
        await using var registry = await TestRegistry.StartAsync();
        var client = registry.Client;
        var reference = TestRegistry.Reference("demo/app:r1");

        (await client.FindManifestAsync(reference)).ShouldBeNull();
        (await client.BlobExistsAsync(reference.Repository, Digest.Of([]))).ShouldBeFalse();
        (await client.DeleteManifestAsync(reference)).ShouldBeFalse();
        (await client.ListTagsAsync(reference.Repository)).ShouldBeEmpty();
        (await client.MountBlobAsync(reference.Repository, TestRegistry.Repository("other"), Digest.Of([]))).ShouldBeFalse();
        Directory.GetFiles(Path.Combine(registry.Folder, "uploads")).ShouldBeEmpty();
        await Should.ThrowAsync<RegistryNotFoundException>(client.GetImageAsync(reference));
        await Should.ThrowAsync<RegistryNotFoundException>(client.PullBlobAsync(reference.Repository, TestImages.Blob([1]), Stream.Null));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Deleting_an_image_by_tag_or_digest_removes_both(bool byTag)
    {
        await using var registry = await TestRegistry.StartAsync();
        var client = registry.Client;
        var tag = TestRegistry.Reference("demo/app:r1");
        var image = await client.PushImageAsync(tag, TestImages.Base());
        (await client.FindManifestAsync(tag))!.Digest.ShouldBe(image.Digest!.Value);

        (await client.DeleteManifestAsync(byTag ? tag : image)).ShouldBeTrue();

        (await client.FindManifestAsync(tag)).ShouldBeNull();
        (await client.FindManifestAsync(image)).ShouldBeNull();
    }

    [Theory]
    [InlineData(0, 1000)]
    [InlineData(1, 1000)]
    [InlineData(1000, 1000)]
    [InlineData(1001, 1000)]
    [InlineData(700_001, 100_000)]
    public async Task Blobs_of_every_size_arrive_whole_or_in_chunks(int size, int chunk)
    {
        await using var registry = await TestRegistry.StartAsync();
        using var client = registry.CreateClient(TestRegistry.Pusher, o => o with { ChunkBytes = chunk });
        var repository = TestRegistry.Repository("demo/app");
        var content = TestImages.Bytes(size);
        var blob = TestImages.Blob(content);

        await client.PushBlobAsync(repository, blob, content);

        var pulled = new MemoryStream();
        await client.PullBlobAsync(repository, blob, pulled);
        pulled.ToArray().ShouldBe(content);
    }

    [Fact]
    public async Task An_index_leads_to_the_image_for_this_machine()
    {
        await using var registry = await TestRegistry.StartAsync();
        var client = registry.Client;
        var image = await client.PushImageAsync(TestRegistry.Reference("demo/app:one"), TestImages.Base());
        var descriptor = (await client.FindManifestAsync(image))!;
        var index = new ImageIndex
        {
            Manifests = [descriptor with { Platform = new() { OperatingSystem = "linux", Architecture = "s390x" } }, descriptor with { Platform = Platform.Current }],
        };
        var all = TestRegistry.Reference("demo/app:all");
        await client.PushManifestAsync(all, index.ToBytes(), MediaTypes.ImageIndex);

        (await client.GetImageAsync(all)).Descriptor.Digest.ShouldBe(descriptor.Digest);
    }

    [Fact]
    public async Task Tags_come_in_pages()
    {
        await using var registry = await TestRegistry.StartAsync();
        var repository = TestRegistry.Repository("demo/app");
        foreach (var tag in new[] { "c", "a", "b" })
            await registry.Client.PushImageAsync(TestRegistry.Reference("demo/app:" + tag), TestImages.Base());

        (await registry.Client.ListTagsAsync(repository)).ShouldBe(["a", "b", "c"]);
        var page = await registry.Http.GetAsync("/v2/demo/app/tags/list?n=2");
        (await page.Content.ReadAsStringAsync()).ShouldBe("""{"name":"demo/app","tags":["a","b"]}""");
        page.Headers.GetValues("Link").ShouldBe(["</v2/demo/app/tags/list?n=2&last=b>; rel=\"next\""]);
    }

    [Fact]
    public async Task Pushing_an_image_again_sends_no_content()
    {
        var uploads = 0;
        await using var registry = await TestRegistry.StartAsync(before: context =>
        {
            if (context.Request.Method == "POST")
                Interlocked.Increment(ref uploads);
            return Task.CompletedTask;
        });
        var first = await registry.Client.PushImageAsync(TestRegistry.Reference("demo/app:r1"), TestImages.Base());
        uploads.ShouldBe(2);

        (await registry.Client.PushImageAsync(TestRegistry.Reference("demo/app:r1"), TestImages.Base())).ShouldBe(first);

        uploads.ShouldBe(2);
    }

    [Fact]
    public async Task A_manifest_goes_only_under_its_own_digest()
    {
        await using var registry = await TestRegistry.StartAsync();
        var wrong = TestRegistry.Reference("demo/app@" + Digest.Of([1]));

        await Should.ThrowAsync<ArgumentException>(registry.Client.PushManifestAsync(wrong, "{}"u8.ToArray(), MediaTypes.ImageManifest));
    }
}
