using System.Collections.Concurrent;
using System.Net;
using AeroGrid.Oci.Distribution;
using AeroGrid.Oci.References;
using AeroGrid.Registry.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace AeroGrid.Oci.Tests.Distribution;

/// <summary>The client while the network, the registry, or who is between them misbehaves.</summary>
public sealed class FaultTests
{
    private static readonly ImageReference Reference = TestRegistry.Reference("demo/app:r1");

    [Fact]
    public async Task Nobody_listens_is_unavailable_and_says_where()
    {
        Uri address;
        await using (var registry = await TestRegistry.StartAsync())
            address = registry.Address;
        using var client = new RegistryClient(new RegistryClientOptions
        {
            Endpoints = new Dictionary<string, Uri> { [TestRegistry.Name] = address },
            RetryDelay = TimeSpan.FromMilliseconds(1),
        });

        var failure = await Should.ThrowAsync<RegistryUnavailableException>(client.FindManifestAsync(Reference));

        failure.Message.ShouldContain(TestRegistry.Name);
        failure.Message.ShouldContain(address.ToString());
    }

    [Theory]
    [InlineData("wrong-password-1234")]
    [InlineData(null)]
    public async Task A_wrong_or_missing_credential_is_unauthorized(string? password)
    {
        await using var registry = await TestRegistry.StartAsync();
        using var client = registry.CreateClient(password is null ? null : TestRegistry.Pusher with { Password = password });

        var failure = await Should.ThrowAsync<RegistryUnauthorizedException>(client.FindManifestAsync(Reference));

        failure.Status.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Who_may_only_pull_cannot_push_or_delete()
    {
        await using var registry = await TestRegistry.StartAsync();
        var image = await registry.Client.PushImageAsync(Reference, TestImages.Base());
        using var client = registry.CreateClient(TestRegistry.Puller);

        (await client.GetImageAsync(image)).Descriptor.Digest.ShouldBe(image.Digest!.Value);
        var failure = await Should.ThrowAsync<RegistryUnauthorizedException>(client.PushImageAsync(Reference, TestImages.Base("other")));
        failure.Status.ShouldBe(HttpStatusCode.Forbidden);
        failure.Message.ShouldContain("puller");
        await Should.ThrowAsync<RegistryUnauthorizedException>(client.DeleteManifestAsync(image));
    }

    [Fact]
    public async Task A_registry_that_fails_now_and_then_is_asked_again()
    {
        var seen = new ConcurrentDictionary<string, int>();
        await using var registry = await TestRegistry.StartAsync(before: context =>
        {
            // The first two requests of every kind fail, in different ways. Every upload has a name of its own.
            var kind = context.Request.Path.Value!.Split("/uploads/")[0];
            var number = seen.AddOrUpdate($"{context.Request.Method} {kind}", 1, (_, n) => n + 1);
            if (number == 1)
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            else if (number == 2)
                context.Abort();
            return Task.CompletedTask;
        });

        var image = await registry.Client.PushImageAsync(Reference, TestImages.Base());

        (await registry.Client.GetImageAsync(image)).Manifest.Layers.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_registry_that_only_fails_is_unavailable()
    {
        var requests = 0;
        await using var registry = await TestRegistry.StartAsync(before: context =>
        {
            requests++;
            context.Response.StatusCode = StatusCodes.Status502BadGateway;
            return Task.CompletedTask;
        });

        var failure = await Should.ThrowAsync<RegistryUnavailableException>(registry.Client.FindManifestAsync(Reference));

        failure.Status.ShouldBe(HttpStatusCode.BadGateway);
        requests.ShouldBe(4);
    }

    [Fact]
    public async Task A_registry_that_says_nothing_is_unavailable_after_the_limit()
    {
        await using var registry = await TestRegistry.StartAsync(before: context => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted));
        using var client = registry.CreateClient(TestRegistry.Pusher, o => o with { Timeout = TimeSpan.FromMilliseconds(200), Attempts = 2 });

        (await Should.ThrowAsync<RegistryUnavailableException>(client.FindManifestAsync(Reference))).Message.ShouldContain("0.2 s");
    }

    [Fact]
    public async Task Waiting_ends_when_the_caller_says_so()
    {
        await using var registry = await TestRegistry.StartAsync(before: context => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted));
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));

        await Should.ThrowAsync<OperationCanceledException>(registry.Client.FindManifestAsync(Reference, stop.Token));
    }

    [Fact]
    public async Task A_download_that_breaks_goes_on_where_it_stopped()
    {
        var content = TestImages.Bytes(1_000_000);
        var blob = TestImages.Blob(content);
        List<string> ranges = [];
        await using var registry = await TestRegistry.StartAsync(before: async context =>
        {
            if (context.Request.Method != "GET")
                return;
            var range = context.Request.Headers.Range.ToString();
            ranges.Add(range);
            var start = range.Length == 0 ? 0 : int.Parse(range["bytes=".Length..^1]);
            if (start >= 600_000)
                return;
            context.Response.StatusCode = start == 0 ? StatusCodes.Status200OK : StatusCodes.Status206PartialContent;
            context.Response.ContentLength = content.Length - start;
            await context.Response.Body.WriteAsync(content.AsMemory(start, 300_000));
            // Fewer bytes than announced: Kestrel breaks the connection.
        });
        await registry.Client.PushBlobAsync(Reference.Repository, blob, content);

        var pulled = new MemoryStream();
        await registry.Client.PullBlobAsync(Reference.Repository, blob, pulled);

        pulled.ToArray().ShouldBe(content);
        ranges[0].ShouldBe("");
        ranges.Skip(1).ShouldAllBe(range => range.StartsWith("bytes="));
        ranges.Count.ShouldBeGreaterThan(2);
    }

    [Fact]
    public async Task Changed_content_is_refused()
    {
        var content = TestImages.Bytes(1000);
        await using var registry = await TestRegistry.StartAsync();
        await registry.Client.PushBlobAsync(Reference.Repository, TestImages.Blob(content), content);
        var image = await registry.Client.PushImageAsync(Reference, TestImages.Base());
        foreach (var digest in new[] { TestImages.Blob(content).Digest, image.Digest!.Value })
        {
            var file = Path.Combine(registry.Folder, "blobs/sha256", digest.Hex);
            var bytes = await File.ReadAllBytesAsync(file);
            bytes[7] ^= 1;
            await File.WriteAllBytesAsync(file, bytes);
        }

        await Should.ThrowAsync<ContentMismatchException>(registry.Client.PullBlobAsync(Reference.Repository, TestImages.Blob(content), Stream.Null));
        await Should.ThrowAsync<ContentMismatchException>(registry.Client.GetManifestAsync(image));
    }

    [Theory]
    [InlineData(999)]
    [InlineData(1001)]
    public async Task Content_of_another_size_is_refused(int size)
    {
        var content = TestImages.Bytes(1000);
        await using var registry = await TestRegistry.StartAsync();
        await registry.Client.PushBlobAsync(Reference.Repository, TestImages.Blob(content), content);

        await Should.ThrowAsync<ContentMismatchException>(
            registry.Client.PullBlobAsync(Reference.Repository, TestImages.Blob(content) with { Size = size }, Stream.Null));
    }

    [Fact]
    public async Task A_chunk_that_breaks_is_sent_again_from_where_the_registry_is()
    {
        var chunks = 0;
        await using var registry = await TestRegistry.StartAsync(before: async context =>
        {
            // Every other chunk is cut off inside its body.
            if (context.Request.Method == "PATCH" && Interlocked.Increment(ref chunks) % 2 == 1)
            {
                _ = await context.Request.Body.ReadAsync(new byte[100]);
                context.Abort();
            }
        });
        using var client = registry.CreateClient(TestRegistry.Pusher, o => o with { ChunkBytes = 50_000 });
        var content = TestImages.Bytes(220_000);
        var blob = TestImages.Blob(content);

        await client.PushBlobAsync(Reference.Repository, blob, content);

        var pulled = new MemoryStream();
        await client.PullBlobAsync(Reference.Repository, blob, pulled);
        pulled.ToArray().ShouldBe(content);
        chunks.ShouldBe(10);
    }

    [Fact]
    public async Task Content_with_another_digest_is_refused_by_the_registry()
    {
        await using var registry = await TestRegistry.StartAsync();
        var blob = TestImages.Blob([1, 2, 3]);

        var failure = await Should.ThrowAsync<RegistryException>(registry.Client.PushBlobAsync(Reference.Repository, blob, new byte[] { 1, 2, 4 }));

        failure.Message.ShouldContain("DIGEST_INVALID");
        (await registry.Client.BlobExistsAsync(Reference.Repository, blob.Digest)).ShouldBeFalse();
    }
}
