using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using AeroGrid.Registry.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace AeroGrid.Registry.Tests.Collection;

public sealed class GarbageCollectorTests
{
    private static readonly TimeSpan Grace = TimeSpan.FromHours(1);
    private readonly FakeTimeProvider time = new(DateTimeOffset.Parse("2026-01-01T00:00:00Z"));

    [Fact]
    public async Task Blobs_of_deleted_images_go_after_the_grace_period_and_shared_ones_stay()
    {
        await using var registry = await StartAsync();
        byte[] shared = [1, 2, 3];
        var kept = await registry.Http.PushImageAsync("demo/app", "v1", shared);
        var gone = await registry.Http.PushImageAsync("demo/old", "v1");
        var alsoGone = await registry.Http.PushImageAsync("demo/old", "v2", shared);
        foreach (var manifest in new[] { gone.Manifest, alsoGone.Manifest })
            await registry.Http.SendAsync("DELETE", $"/v2/demo/old/manifests/{manifest}");

        (await registry.Garbage.CollectAsync()).Deleted.ShouldBe(0);
        time.Advance(Grace + TimeSpan.FromMinutes(1));
        var report = await registry.Garbage.CollectAsync();

        // The two images that share all three blobs are one; the other's manifest, layer and configuration are gone.
        (report.Kept, report.Deleted, report.Young).ShouldBe((3, 3, 0));
        BlobFiles(registry).ShouldBe([.. new[] { kept.Manifest, kept.Layer, kept.Config }.Select(Hex)], ignoreOrder: true);
        (await registry.Http.SendAsync("GET", $"/v2/demo/app/blobs/{kept.Layer}")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_blob_that_somebody_asked_for_gets_the_whole_grace_period_again()
    {
        await using var registry = await StartAsync();
        var asked = await registry.Http.PushBlobAsync([1]);
        var mounted = await registry.Http.PushBlobAsync([2]);
        var forgotten = await registry.Http.PushBlobAsync([3]);
        time.Advance(TimeSpan.FromMinutes(50));
        (await registry.Http.SendAsync("HEAD", $"/v2/demo/app/blobs/{asked}")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await registry.Http.SendAsync("POST", $"/v2/demo/app/blobs/uploads/?mount={mounted}&from=x")).StatusCode.ShouldBe(HttpStatusCode.Created);
        time.Advance(TimeSpan.FromMinutes(50));

        var report = await registry.Garbage.CollectAsync();

        (report.Deleted, report.Young).ShouldBe((1, 2));
        BlobFiles(registry).ShouldBe([Hex(asked), Hex(mounted)], ignoreOrder: true);
        BlobFiles(registry).ShouldNotContain(Hex(forgotten));
    }

    [Fact]
    public async Task What_an_index_lists_stays_with_it()
    {
        await using var registry = await StartAsync();
        var image = await registry.Http.PushImageAsync("demo/app", "v1");
        var index = new JsonObject
        {
            ["schemaVersion"] = 2,
            ["manifests"] = new JsonArray(new JsonObject
            {
                ["mediaType"] = RawRegistry.ManifestType,
                ["digest"] = image.Manifest,
                ["size"] = (await registry.Http.GetByteArrayAsync("/v2/demo/app/manifests/v1")).Length,
            }),
        };
        (await registry.Http.SendAsync("PUT", "/v2/demo/app/manifests/all", Encoding.UTF8.GetBytes(index.ToJsonString()), "application/vnd.oci.image.index.v1+json"))
            .StatusCode.ShouldBe(HttpStatusCode.Created);
        await registry.Http.SendAsync("DELETE", $"/v2/demo/app/manifests/{image.Manifest}");
        time.Advance(2 * Grace);

        (await registry.Garbage.CollectAsync()).Deleted.ShouldBe(0);

        BlobFiles(registry).ShouldContain(Hex(image.Layer));
    }

    [Fact]
    public async Task Abandoned_uploads_end_and_others_go_on()
    {
        await using var registry = await StartAsync();
        var abandoned = await registry.Http.StartUploadAsync();
        var used = await registry.Http.StartUploadAsync();
        time.Advance(TimeSpan.FromMinutes(50));
        await registry.Http.SendAsync("PATCH", used, [1, 2]);
        time.Advance(TimeSpan.FromMinutes(50));

        (await registry.Garbage.CollectAsync()).EndedUploads.ShouldBe(1);

        (await registry.Http.SendAsync("GET", abandoned)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await registry.Http.SendAsync("PUT", $"{used}?digest={RawRegistry.DigestOf([1, 2])}")).StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    [Fact]
    public async Task It_collects_from_time_to_time_by_itself()
    {
        await using var registry = await StartAsync(Grace);
        await registry.Http.PushBlobAsync([1]);

        await TestKit.Eventually.Async(() =>
        {
            // The timer may be set up only after the first step.
            time.Advance(Grace);
            BlobFiles(registry).ShouldBeEmpty();
            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task Pushes_during_collections_lose_nothing()
    {
        // Without any grace period: whatever is not referred to may go at any moment, and whatever is must not.
        await using var registry = await TestRegistry.StartAsync(o => o with { GracePeriod = TimeSpan.Zero });
        using var stop = new CancellationTokenSource();
        var collecting = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
                await registry.Garbage.CollectAsync();
        });
        List<int> stored = [];
        for (var n = 0; n < 60; n++)
        {
            try
            {
                await registry.Http.PushImageAsync("demo/app", $"v{n}");
                stored.Add(n);
            }
            catch (ShouldAssertException)
            {
                // A blob went before its manifest came, and the push was told so: that is what the grace period is for.
            }
        }

        await stop.CancelAsync();
        await collecting;
        foreach (var n in stored)
        {
            var manifest = JsonNode.Parse(await registry.Http.GetByteArrayAsync($"/v2/demo/app/manifests/v{n}"))!;
            foreach (var blob in new[] { manifest["config"]!, manifest["layers"]![0]! })
                (await registry.Http.SendAsync("GET", $"/v2/demo/app/blobs/{blob["digest"]}")).StatusCode.ShouldBe(HttpStatusCode.OK);
        }
    }

    /// <summary>A registry that collects only when the test says so, unless an interval is given.</summary>
    private Task<TestRegistry> StartAsync(TimeSpan? interval = null) => TestRegistry.StartAsync(
        o => o with { TimeProvider = time, GracePeriod = Grace, CollectionInterval = interval ?? TimeSpan.FromDays(40) });

    private static string[] BlobFiles(TestRegistry registry) =>
        [.. Directory.GetFiles(Path.Combine(registry.Folder, "blobs/sha256")).Select(f => Path.GetFileName(f)!)];

    private static string Hex(string digest) => digest["sha256:".Length..];
}
