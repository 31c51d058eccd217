using System.Net;
using System.Text;
using AeroGrid.Registry.Tests.Support;

namespace AeroGrid.Registry.Tests.Http;

public sealed class ManifestTests
{
    private const string Type = RawRegistry.ManifestType;

    [Fact]
    public async Task A_manifest_is_found_by_tag_and_by_digest()
    {
        await using var registry = await TestRegistry.StartAsync();
        var image = await registry.Http.PushImageAsync("demo/app", "v1");

        foreach (var reference in new[] { "v1", image.Manifest })
        {
            using var get = await registry.Http.SendAsync("GET", $"/v2/demo/app/manifests/{reference}");
            get.Content.Headers.ContentType!.MediaType.ShouldBe(Type);
            get.Headers.GetValues("Docker-Content-Digest").ShouldBe([image.Manifest]);
            RawRegistry.DigestOf(await get.Content.ReadAsByteArrayAsync()).ShouldBe(image.Manifest);
            using var head = await registry.Http.SendAsync("HEAD", $"/v2/demo/app/manifests/{reference}");
            head.Content.Headers.ContentLength.ShouldBe(get.Content.Headers.ContentLength);
        }

        (await registry.Http.SendAsync("GET", $"/v2/demo/other/manifests/{image.Manifest}").ErrorAsync()).Code.ShouldBe("MANIFEST_UNKNOWN");
    }

    [Fact]
    public async Task A_moved_tag_leaves_the_old_manifest_by_digest()
    {
        await using var registry = await TestRegistry.StartAsync();
        var first = await registry.Http.PushImageAsync("demo/app", "v1", [1]);
        var second = await registry.Http.PushImageAsync("demo/app", "v1", [2]);

        await registry.RestartAsync();

        (await registry.Http.SendAsync("HEAD", "/v2/demo/app/manifests/v1")).Headers.GetValues("Docker-Content-Digest").ShouldBe([second.Manifest]);
        (await registry.Http.SendAsync("HEAD", $"/v2/demo/app/manifests/{first.Manifest}")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Deleting_a_tag_leaves_the_manifest_and_deleting_a_manifest_takes_its_tags()
    {
        await using var registry = await TestRegistry.StartAsync();
        var image = await registry.Http.PushImageAsync("demo/app", "v1");
        await registry.Http.PushImageAsync("demo/app", "v2", Encoding.UTF8.GetBytes("layer of demo/app:v1"));

        (await registry.Http.SendAsync("DELETE", "/v2/demo/app/manifests/v1")).StatusCode.ShouldBe(HttpStatusCode.Accepted);
        (await registry.Http.GetStringAsync("/v2/demo/app/tags/list")).ShouldBe("""{"name":"demo/app","tags":["v2"]}""");
        (await registry.Http.SendAsync("DELETE", $"/v2/demo/app/manifests/{image.Manifest}")).StatusCode.ShouldBe(HttpStatusCode.Accepted);

        (await registry.Http.SendAsync("GET", "/v2/demo/app/tags/list").ErrorAsync()).Code.ShouldBe("NAME_UNKNOWN");
        (await registry.Http.SendAsync("DELETE", $"/v2/demo/app/manifests/{image.Manifest}").ErrorAsync()).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_manifest_needs_its_blobs()
    {
        await using var registry = await TestRegistry.StartAsync();
        await registry.Http.PushBlobAsync([1]);

        var (status, code, message) = await registry.Http.SendAsync("PUT", "/v2/demo/app/manifests/v1", RawRegistry.Manifest([1], [2]), Type).ErrorAsync();

        (status, code).ShouldBe((HttpStatusCode.BadRequest, "MANIFEST_BLOB_UNKNOWN"));
        message.ShouldContain(RawRegistry.DigestOf([2]));
        (await registry.Http.SendAsync("HEAD", "/v2/demo/app/manifests/v1")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"schemaVersion\":1}")]
    [InlineData("{\"schemaVersion\":2}")]
    [InlineData("{\"schemaVersion\":\"2\"}")]
    [InlineData("{\"schemaVersion\":2,\"config\":{},\"layers\":[]}")]
    [InlineData("{\"schemaVersion\":2,\"config\":{\"mediaType\":\"x\",\"digest\":\"sha256:../../x\",\"size\":1},\"layers\":[]}")]
    [InlineData("{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[]}")]
    public async Task What_is_no_manifest_is_refused(string content)
    {
        await using var registry = await TestRegistry.StartAsync();

        var error = await registry.Http.SendAsync("PUT", "/v2/demo/app/manifests/v1", Encoding.UTF8.GetBytes(content), Type).ErrorAsync();

        (error.Status, error.Code).ShouldBe((HttpStatusCode.BadRequest, "MANIFEST_INVALID"));
    }

    [Fact]
    public async Task Other_types_sizes_names_and_digests_are_refused()
    {
        await using var registry = await TestRegistry.StartAsync(o => o with { MaxManifestBytes = 5000 });
        await registry.Http.PushBlobAsync([1]);
        var manifest = RawRegistry.Manifest([1], [1]);

        (await PutAsync("v1", manifest, "text/plain")).Code.ShouldBe("MANIFEST_INVALID");
        (await PutAsync(RawRegistry.DigestOf([9]), manifest)).Code.ShouldBe("DIGEST_INVALID");
        (await PutAsync(".hidden", manifest)).Code.ShouldBe("MANIFEST_INVALID");
        (await PutAsync("v1", new byte[5001])).Code.ShouldBe("SIZE_INVALID");
        var lying = Encoding.UTF8.GetString(manifest).Replace("\"size\":1}", "\"size\":2}");
        (await PutAsync("v1", Encoding.UTF8.GetBytes(lying))).Message.ShouldContain("has 1 bytes and not 2");

        async Task<(HttpStatusCode Status, string Code, string Message)> PutAsync(string reference, byte[] content, string type = Type) =>
            await registry.Http.SendAsync("PUT", $"/v2/demo/app/manifests/{reference}", content, type).ErrorAsync();
    }

    [Theory]
    [InlineData("GET", "/v2/Demo/manifests/v1", 400, "NAME_INVALID")]
    [InlineData("GET", "/v2/demo//app/manifests/v1", 400, "NAME_INVALID")]
    [InlineData("GET", "/v2/manifests/v1", 400, "NAME_INVALID")]
    [InlineData("GET", "/v2/demo/app/blobs/abc", 400, "DIGEST_INVALID")]
    [InlineData("GET", "/v2/demo/app", 404, "UNSUPPORTED")]
    [InlineData("POST", "/v2/demo/app/manifests/v1", 405, "UNSUPPORTED")]
    [InlineData("DELETE", "/v2/demo/app/blobs/sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", 405, "UNSUPPORTED")]
    [InlineData("GET", "/v2/demo/app/tags/list", 404, "NAME_UNKNOWN")]
    [InlineData("GET", "/v2/_catalog?n=x", 400, "PAGINATION_NUMBER_INVALID")]
    public async Task Requests_that_make_no_sense_are_told_so(string method, string path, int status, string code)
    {
        await using var registry = await TestRegistry.StartAsync();

        var error = await registry.Http.SendAsync(method, path).ErrorAsync();

        ((int)error.Status, error.Code).ShouldBe((status, code));
    }

    [Fact]
    public async Task Nobody_comes_in_without_a_password_and_the_answer_says_how()
    {
        await using var registry = await TestRegistry.StartAsync();

        foreach (var header in new[] { null, "Basic", "Basic !!!", "Basic cHVzaGVyOndyb25n", "Bearer x", "Basic " + new string('A', 9000) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v2/");
            using var http = new HttpClient(new SocketsHttpHandler()) { BaseAddress = registry.Address };
            request.Headers.TryAddWithoutValidation("Authorization", header);
            using var response = await http.SendAsync(request);
            response.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
            response.Headers.WwwAuthenticate.Single().Scheme.ShouldBe("Basic");
        }

        (await registry.Http.GetStringAsync("/v2/")).ShouldBe("{}");
        (await registry.Http.SendAsync("GET", "/v2")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_catalog_lists_repositories_in_pages()
    {
        await using var registry = await TestRegistry.StartAsync();
        foreach (var name in new[] { "b", "a/x", "c" })
            await registry.Http.PushImageAsync(name, "v1");

        using var page = await registry.Http.GetAsync("/v2/_catalog?n=2");
        (await page.Content.ReadAsStringAsync()).ShouldBe("""{"repositories":["a/x","b"]}""");
        var next = page.Headers.GetValues("Link").Single().Split('<', '>')[1];
        (await registry.Http.GetStringAsync(next)).ShouldBe("""{"repositories":["c"]}""");
    }

    [Fact]
    public async Task Many_pushes_at_once_are_all_kept()
    {
        await using var registry = await TestRegistry.StartAsync();

        await Task.WhenAll(Enumerable.Range(0, 60).Select(n => registry.Http.PushImageAsync($"demo/app{n % 7}", $"v{n}")));

        await registry.RestartAsync();
        foreach (var n in Enumerable.Range(0, 60))
            (await registry.Http.SendAsync("HEAD", $"/v2/demo/app{n % 7}/manifests/v{n}")).StatusCode.ShouldBe(HttpStatusCode.OK, $"v{n}");
    }
}
