using AeroGrid.Oci.Distribution;
using AeroGrid.Oci.Specification;
using AeroGrid.Oci.Tests.Support;

namespace AeroGrid.Oci.Tests.Distribution;

/// <summary>The client against a registry that AeroGrid did not write.</summary>
public sealed class DockerRegistryTests
{
    [Fact]
    public async Task Images_are_pushed_built_on_pulled_and_deleted()
    {
        await using var registry = await DockerRegistry.StartAsync();
        using var client = registry.CreateClient();

        await PushAppAsync(client);

        var app = DockerRegistry.Reference("demo/app:r1");
        var image = await client.GetImageAsync(app);
        image.Manifest.Layers.Count.ShouldBe(2);
        foreach (var layer in image.Manifest.Layers)
            await client.PullBlobAsync(app.Repository, layer, Stream.Null);
        (await client.FindManifestAsync(app))!.Digest.ShouldBe(image.Descriptor.Digest);
        (await client.ListTagsAsync(app.Repository)).ShouldBe(["r1"]);
        (await client.DeleteManifestAsync(app)).ShouldBeTrue();
        (await client.FindManifestAsync(app)).ShouldBeNull();
        (await client.ListTagsAsync(app.Repository)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Blobs_are_pushed_in_chunks_and_mounted()
    {
        await using var registry = await DockerRegistry.StartAsync();
        using var client = registry.CreateClient(chunkBytes: 100_000);
        var content = TestImages.Bytes(350_000);
        var blob = TestImages.Blob(content);
        var (first, second) = (DockerRegistry.Reference("demo/first:x").Repository, DockerRegistry.Reference("demo/second:x").Repository);

        await client.PushBlobAsync(first, blob, content);

        (await client.BlobExistsAsync(second, blob.Digest)).ShouldBeFalse();
        (await client.MountBlobAsync(first, second, blob.Digest)).ShouldBeTrue();
        (await client.MountBlobAsync(first, second, Oci.References.Digest.Of([1]))).ShouldBeFalse();
        var pulled = new MemoryStream();
        await client.PullBlobAsync(second, blob, pulled);
        pulled.ToArray().ShouldBe(content);
    }

    [Fact]
    public async Task Tokens_are_got_for_what_is_done_and_kept()
    {
        await using var service = await TokenService.StartAsync();
        await using var registry = await StartWithTokensAsync(service);
        using var client = registry.CreateClient(new RegistryCredential("user", "secret"));

        await PushAppAsync(client);
        var tokens = service.Scopes.Count;
        await PushAppAsync(client);

        service.Scopes.Count.ShouldBe(tokens);
        service.Scopes.ShouldContain("repository:demo/app:pull,push");
    }

    [Fact]
    public async Task Requests_side_by_side_do_not_take_each_others_tokens_away()
    {
        await using var service = await TokenService.StartAsync();
        await using var registry = await StartWithTokensAsync(service);
        var repository = DockerRegistry.Reference("demo/app:r1").Repository;

        for (var round = 0; round < 20; round++)
        {
            // A new client knows no token: all its requests are refused at first, and each of them asks for one.
            using var client = registry.CreateClient(new RegistryCredential("user", "secret"));
            var found = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => client.BlobExistsAsync(repository, Oci.References.Digest.Of([(byte)i]))));
            found.ShouldAllBe(exists => !exists);
        }
    }

    [Fact]
    public async Task A_credential_that_the_token_service_refuses_is_unauthorized()
    {
        await using var service = await TokenService.StartAsync();
        await using var registry = await StartWithTokensAsync(service);
        using var client = registry.CreateClient(new RegistryCredential("user", "wrong"));

        var failure = await Should.ThrowAsync<RegistryUnauthorizedException>(client.FindManifestAsync(DockerRegistry.Reference("demo/app:r1")));

        failure.Message.ShouldContain("token service");
    }

    private static async Task PushAppAsync(RegistryClient client)
    {
        var dependencies = await client.PushImageAsync(DockerRegistry.Reference("demo/dependencies:abc"), TestImages.Base());
        var image = TestImages.App(await client.GetImageAsync(dependencies), "print(1)");
        var app = await client.PushImageAsync(DockerRegistry.Reference("demo/app:r1"), image, dependencies.Repository);
        (await client.FindManifestAsync(app))!.MediaType.ShouldBe(MediaTypes.ImageManifest);
    }

    private static async Task<DockerRegistry> StartWithTokensAsync(TokenService service)
    {
        var certificate = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await File.WriteAllTextAsync(certificate, service.CertificatePem);
        try
        {
            return await DockerRegistry.StartAsync($"""
                auth:
                  token:
                    realm: {service.Address}
                    service: registry
                    issuer: test
                    rootcertbundle: {certificate}
                """);
        }
        finally
        {
            File.Delete(certificate);
        }
    }
}
