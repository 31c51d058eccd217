using System.Collections.Concurrent;
using System.Net;
using Microsoft.Data.Sqlite;

namespace AeroGrid.ApiServer.Tests.Storage;

/// <summary>What is acknowledged is on disk, whatever happens then.</summary>
public sealed class CrashTests
{
    private const int Crashes = 6;
    private const int Clients = 8;

    [Fact]
    public async Task No_acknowledged_write_is_lost_by_kill_minus_nine()
    {
        using var folder = new TemporaryFolder();
        await using var server = new ServerProcess(folder.Path);
        var random = new Random(20260101);
        var acknowledged = new ConcurrentDictionary<string, (string Version, string Value)>();
        var newest = 0L;
        for (var crash = 0; crash < Crashes; crash++)
        {
            await server.StartAsync();
            await VerifyAsync(server, acknowledged, newest);
            using var stop = new CancellationTokenSource();
            var writers = Enumerable.Range(0, Clients).Select(client => WriteAsync(server, $"{crash}-{client}", acknowledged, stop.Token)).ToArray();

            // Somewhere in the middle of things: after a random number of acknowledged writes.
            var target = acknowledged.Count + random.Next(20, 250);
            await TestKit.Eventually.True(() => acknowledged.Count >= target, "the writers do not get on");
            await server.KillAsync();
            await stop.CancelAsync();
            await Task.WhenAll(writers);
            newest = acknowledged.Values.Max(a => long.Parse(a.Version));
        }

        await server.StartAsync();
        await VerifyAsync(server, acknowledged, newest);
        await server.KillAsync();
        CheckIntegrity(folder.Path).ShouldBe("ok");
    }

    /// <summary>Creates, changes and deletes until the server is gone; remembers what was acknowledged.</summary>
    private static async Task WriteAsync(
        ServerProcess server, string prefix, ConcurrentDictionary<string, (string Version, string Value)> acknowledged, CancellationToken stop)
    {
        const string url = "/api/v1/namespaces/default/configmaps";
        try
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                var name = $"c-{prefix}-{i}";
                var created = await server.PostAsync(url, $$$"""{"metadata":{"name":"{{{name}}}"},"data":{"k":"created"}}""");
                created.Status.ShouldBe(HttpStatusCode.Created, created.Text);
                acknowledged[name] = (created.ResourceVersion, "created");
                if (i % 3 == 0)
                {
                    // Until it is answered, either state is right.
                    acknowledged.TryRemove(name, out _);
                    var changed = await server.MergeAsync($"{url}/{name}", """{"data":{"k":"changed"}}""");
                    acknowledged[name] = (changed.ResourceVersion, "changed");
                }
                else if (i % 5 == 0)
                {
                    acknowledged.TryRemove(name, out _);
                    (await server.DeleteAsync($"{url}/{name}")).Ok();
                    acknowledged[name] = (created.ResourceVersion, "");
                }
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            // Killed.
        }
    }

    private static async Task VerifyAsync(ServerProcess server, ConcurrentDictionary<string, (string Version, string Value)> acknowledged, long newest)
    {
        var list = (await server.GetAsync("/api/v1/namespaces/default/configmaps")).Ok();
        long.Parse((string)list["metadata"]!["resourceVersion"]!).ShouldBeGreaterThanOrEqualTo(newest);
        var stored = list["items"]!.AsArray().ToDictionary(i => (string)i!["metadata"]!["name"]!, i => i!);
        foreach (var (name, (version, value)) in acknowledged)
        {
            if (value.Length == 0)
            {
                stored.ShouldNotContainKey(name);
            }
            else
            {
                ((string?)stored[name]["data"]!["k"]).ShouldBe(value);
                ((string?)stored[name]["metadata"]!["resourceVersion"]).ShouldBe(version);
            }
        }
    }

    private static string CheckIntegrity(string folder)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(folder, "objects.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA integrity_check";
        return (string)command.ExecuteScalar()!;
    }
}
