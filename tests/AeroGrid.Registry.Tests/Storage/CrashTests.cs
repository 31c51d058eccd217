using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using AeroGrid.Registry.Tests.Support;

namespace AeroGrid.Registry.Tests.Storage;

public sealed class CrashTests
{
    private const int Kills = 6;
    private const int Pushers = 8;

    [Fact]
    public async Task Every_image_that_was_acknowledged_survives_kills_at_any_moment()
    {
        var folder = Directory.CreateTempSubdirectory("aerogrid-registry-").FullName;
        var acknowledged = new ConcurrentDictionary<string, string>();
        try
        {
            for (var kill = 0; kill < Kills; kill++)
            {
                using var registry = await RegistryProcess.StartAsync(folder);
                foreach (var (tag, digest) in acknowledged)
                    await CheckAsync(registry.Http, tag, digest);
                var before = acknowledged.Count;
                var pushing = Task.WhenAll(Enumerable.Range(0, Pushers).Select(p => PushUntilKilledAsync(registry.Http, acknowledged, $"k{kill}-p{p}")));
                // Later each time, and always in the middle of pushes.
                await TestKit.Eventually.True(() => acknowledged.Count > before + (5 * kill), "images are pushed");
                registry.Kill();
                await pushing;
            }

            using var last = await RegistryProcess.StartAsync(folder);
            foreach (var (tag, digest) in acknowledged)
                await CheckAsync(last.Http, tag, digest);
            acknowledged.Count.ShouldBeGreaterThan(Kills);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task PushUntilKilledAsync(HttpClient http, ConcurrentDictionary<string, string> acknowledged, string prefix)
    {
        var layer = new byte[100_000];
        try
        {
            for (var n = 0; ; n++)
            {
                Random.Shared.NextBytes(layer);
                var image = await http.PushImageAsync("demo/app", $"{prefix}-{n}", layer);
                acknowledged[$"{prefix}-{n}"] = image.Manifest;
            }
        }
        catch (HttpRequestException)
        {
            // Killed: this push was not acknowledged.
        }
    }

    private static async Task CheckAsync(HttpClient http, string tag, string digest)
    {
        var manifest = await http.GetByteArrayAsync($"/v2/demo/app/manifests/{tag}");
        RawRegistry.DigestOf(manifest).ShouldBe(digest);
        var parsed = JsonNode.Parse(manifest)!;
        foreach (var blob in new[] { parsed["config"]!, parsed["layers"]![0]! })
        {
            using var response = await http.GetAsync($"/v2/demo/app/blobs/{blob["digest"]}");
            response.StatusCode.ShouldBe(HttpStatusCode.OK);
            RawRegistry.DigestOf(await response.Content.ReadAsByteArrayAsync()).ShouldBe(blob["digest"]!.GetValue<string>());
        }
    }
}
