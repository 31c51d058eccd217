using System.Net;
using AeroGrid.Registry.Tests.Support;

namespace AeroGrid.Registry.Tests.Http;

public sealed class UploadTests
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 3000).Select(i => (byte)i)];
    private static readonly string Digest = RawRegistry.DigestOf(Content);

    [Fact]
    public async Task An_upload_in_chunks_goes_on_after_a_restart()
    {
        await using var registry = await TestRegistry.StartAsync();
        var location = await registry.Http.StartUploadAsync();
        using (var first = await registry.Http.SendAsync("PATCH", location, Content[..1000], range: "0-999"))
        {
            first.StatusCode.ShouldBe(HttpStatusCode.Accepted);
            first.Headers.GetValues("Range").ShouldBe(["0-999"]);
        }

        await registry.RestartAsync();

        using (var progress = await registry.Http.SendAsync("GET", location))
        {
            progress.StatusCode.ShouldBe(HttpStatusCode.NoContent);
            progress.Headers.GetValues("Range").ShouldBe(["0-999"]);
        }

        (await registry.Http.SendAsync("PATCH", location, Content[1000..2000], range: "1000-1999")).StatusCode.ShouldBe(HttpStatusCode.Accepted);
        using var created = await registry.Http.SendAsync("PUT", $"{location}?digest={Digest}", Content[2000..], range: "2000-2999");
        created.StatusCode.ShouldBe(HttpStatusCode.Created);
        created.Headers.GetValues("Docker-Content-Digest").ShouldBe([Digest]);
        (await registry.Http.GetByteArrayAsync(created.Headers.Location)).ShouldBe(Content);
        Directory.GetFiles(Path.Combine(registry.Folder, "uploads")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_chunk_at_the_wrong_place_is_refused_and_harms_nothing()
    {
        await using var registry = await TestRegistry.StartAsync();
        var location = await registry.Http.StartUploadAsync();
        await registry.Http.SendAsync("PATCH", location, Content[..1000], range: "0-999");

        foreach (var (method, path) in new[] { ("PATCH", location), ("PUT", $"{location}?digest={Digest}") })
        {
            using var wrong = await registry.Http.SendAsync(method, path, Content[2000..], range: "2000-2999");
            wrong.StatusCode.ShouldBe(HttpStatusCode.RequestedRangeNotSatisfiable);
            wrong.Headers.GetValues("Range").ShouldBe(["0-999"]);
        }

        (await registry.Http.SendAsync("PUT", $"{location}?digest={Digest}", Content[1000..], range: "bytes 1000-2999/3000")).StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Content_of_another_digest_is_refused_and_removed()
    {
        await using var registry = await TestRegistry.StartAsync();
        var location = await registry.Http.StartUploadAsync();

        var (status, code, message) = await registry.Http.SendAsync("PUT", $"{location}?digest={Digest}", Content[1..]).ErrorAsync();

        (status, code).ShouldBe((HttpStatusCode.BadRequest, "DIGEST_INVALID"));
        message.ShouldContain(Digest);
        Directory.GetFiles(registry.Folder, "*", SearchOption.AllDirectories).Select(Path.GetFileName).ShouldBe(["oci-layout", "index.json"], ignoreOrder: true);
        (await registry.Http.SendAsync("GET", location)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("PUT", "?digest=sha256:abc", 400, "DIGEST_INVALID")]
    [InlineData("PUT", "", 400, "DIGEST_INVALID")]
    [InlineData("PUT", "?digest=sha512:00", 400, "DIGEST_INVALID")]
    public async Task A_digest_that_is_none_is_refused(string method, string query, int status, string code)
    {
        await using var registry = await TestRegistry.StartAsync();
        var location = await registry.Http.StartUploadAsync();

        var error = await registry.Http.SendAsync(method, location + query, Content).ErrorAsync();

        ((int)error.Status, error.Code).ShouldBe((status, code));
    }

    [Fact]
    public async Task A_cancelled_upload_is_gone()
    {
        await using var registry = await TestRegistry.StartAsync();
        var location = await registry.Http.StartUploadAsync();
        await registry.Http.SendAsync("PATCH", location, Content);

        (await registry.Http.SendAsync("DELETE", location)).StatusCode.ShouldBe(HttpStatusCode.NoContent);

        (await registry.Http.SendAsync("PATCH", location, Content).ErrorAsync()).Code.ShouldBe("BLOB_UPLOAD_UNKNOWN");
        Directory.GetFiles(Path.Combine(registry.Folder, "uploads")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Names_of_uploads_cannot_leave_the_folder()
    {
        await using var registry = await TestRegistry.StartAsync();

        foreach (var id in new[] { "..%2f..%2findex.json", "x", Guid.NewGuid().ToString(), Guid.NewGuid().ToString("N") })
            (await registry.Http.SendAsync("PATCH", "/v2/demo/app/blobs/uploads/" + id, Content)).StatusCode.ShouldBeOneOf(HttpStatusCode.NotFound, HttpStatusCode.BadRequest);

        File.ReadAllText(Path.Combine(registry.Folder, "index.json")).ShouldContain("schemaVersion");
    }

    [Fact]
    public async Task A_blob_larger_than_the_limit_is_refused_however_it_comes()
    {
        await using var registry = await TestRegistry.StartAsync(o => o with { MaxBlobBytes = 2000 });
        var location = await registry.Http.StartUploadAsync();
        await registry.Http.SendAsync("PATCH", location, Content[..1500]);

        (await registry.Http.SendAsync("PATCH", location, Content[1500..]).ErrorAsync()).Status.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        (await registry.Http.SendAsync("POST", $"/v2/demo/app/blobs/uploads/?digest={Digest}", Content).ErrorAsync()).Code.ShouldBe("SIZE_INVALID");

        Directory.GetFiles(Path.Combine(registry.Folder, "uploads")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_blob_larger_than_Kestrels_limit_for_bodies_is_taken()
    {
        await using var registry = await TestRegistry.StartAsync();
        var content = new byte[40_000_000];

        var digest = await registry.Http.PushBlobAsync(content);

        (await registry.Http.SendAsync("HEAD", $"/v2/demo/app/blobs/{digest}")).Content.Headers.ContentLength.ShouldBe(content.Length);
    }

    [Fact]
    public async Task Mounting_is_done_at_once_when_the_blob_is_there()
    {
        await using var registry = await TestRegistry.StartAsync();
        await registry.Http.PushBlobAsync(Content);

        (await registry.Http.SendAsync("POST", $"/v2/demo/other/blobs/uploads/?mount={Digest}&from=demo/app")).StatusCode.ShouldBe(HttpStatusCode.Created);
        (await registry.Http.SendAsync("POST", $"/v2/demo/other/blobs/uploads/?mount={RawRegistry.DigestOf([1])}&from=demo/app")).StatusCode.ShouldBe(HttpStatusCode.Accepted);
    }

    [Fact]
    public async Task The_same_blob_pushed_by_many_at_once_is_stored_once_and_whole()
    {
        await using var registry = await TestRegistry.StartAsync();
        var content = new byte[500_000];
        new Random(3).NextBytes(content);

        var digests = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => registry.Http.PushBlobAsync(content)));

        digests.ShouldAllBe(d => d == RawRegistry.DigestOf(content));
        Directory.GetFiles(Path.Combine(registry.Folder, "blobs/sha256")).Length.ShouldBe(1);
        (await registry.Http.GetByteArrayAsync($"/v2/demo/app/blobs/{digests[0]}")).ShouldBe(content);
    }

    [Fact]
    public async Task Two_requests_for_one_upload_do_not_mix()
    {
        await using var registry = await TestRegistry.StartAsync();
        var location = await registry.Http.StartUploadAsync();
        using var slow = new SlowContent(Content[..1000]);
        using var request = new HttpRequestMessage(HttpMethod.Patch, location) { Content = slow };
        var first = registry.Http.SendAsync(request);
        await slow.Started;

        await TestKit.Eventually.Async(async () =>
            (await registry.Http.SendAsync("PATCH", location, Content).ErrorAsync()).Status.ShouldBe(HttpStatusCode.Conflict));
        slow.Finish();

        (await first).StatusCode.ShouldBe(HttpStatusCode.Accepted);
        (await registry.Http.SendAsync("PUT", $"{location}?digest={Digest}", Content[1000..])).StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Blobs_are_read_in_ranges()
    {
        await using var registry = await TestRegistry.StartAsync();
        await registry.Http.PushBlobAsync(Content);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v2/demo/app/blobs/{Digest}");
        request.Headers.Range = new(100, 199);

        using var part = await registry.Http.SendAsync(request);

        part.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
        (await part.Content.ReadAsByteArrayAsync()).ShouldBe(Content[100..200]);
    }

    /// <summary>A body that is begun and finished when the test says so.</summary>
    private sealed class SlowContent(byte[] content) : HttpContent
    {
        private readonly TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource finish = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Started => started.Task;

        public void Finish() => finish.TrySetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(content.AsMemory(0, 10));
            await stream.FlushAsync();
            started.TrySetResult();
            await finish.Task;
            await stream.WriteAsync(content.AsMemory(10));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = content.Length;
            return true;
        }
    }
}
