using AeroGrid.ControllerRuntime.Tests.Servers;
using AeroGrid.TestKit;
using k8s.Models;

namespace AeroGrid.ControllerRuntime.Tests.Informers;

/// <summary>Connections that break while the real server goes on.</summary>
public sealed class ReconnectTests(Cluster cluster)
{
    [Fact]
    public async Task A_deletion_while_disconnected_is_seen_on_resume()
    {
        var space = await cluster.NamespaceAsync();
        await cluster.WriteAsync(space, "stays");
        await cluster.WriteAsync(space, "goes");
        await using var proxy = await cluster.ProxyAsync();
        await using var follower = Follow(proxy, space);
        await follower.HasAsync("goes", "stays");
        await WatchingAsync(proxy);
        await WhileDisconnectedAsync(proxy, () => cluster.Client.DeleteAsync<V1ConfigMap>(new(space, "goes")));
        await follower.HasAsync("stays");
        follower.Changes.Order().ShouldBe(["+goes", "+stays", "-goes"]);

        // It resumed: nothing was listed again.
        proxy.Seen.Count(request => request.IsList).ShouldBe(1);
    }

    [Fact]
    public async Task A_deletion_across_a_compaction_is_seen_although_no_event_tells_of_it()
    {
        var space = await cluster.NamespaceAsync();
        await cluster.WriteAsync(space, "stays");
        await cluster.WriteAsync(space, "goes");
        await cluster.WriteAsync(space, "changes");
        await using var proxy = await cluster.ProxyAsync();
        await using var follower = Follow(proxy, space);
        await follower.HasAsync("changes", "goes", "stays");
        await WatchingAsync(proxy);
        follower.Changes.Clear();
        await WhileDisconnectedAsync(proxy, async () =>
        {
            await cluster.Client.DeleteAsync<V1ConfigMap>(new(space, "goes"));
            await cluster.ChangeAsync(space, "changes", "2");
            await cluster.WriteAsync(space, "comes");
        }, () => proxy.Fault = context => ListingTests.RefuseOnceAsync(proxy, context));
        await follower.HasAsync("changes", "comes", "stays");
        follower.Changes.Order().ShouldBe(["+comes", "-goes", "~changes"]);
    }

    [Fact]
    public async Task An_object_that_was_deleted_and_made_anew_while_disconnected_is_the_new_one()
    {
        var space = await cluster.NamespaceAsync();
        var old = await cluster.WriteAsync(space, "a", "old");
        await using var proxy = await cluster.ProxyAsync();
        await using var follower = Follow(proxy, space);
        await follower.HasAsync("a");
        await WatchingAsync(proxy);
        await WhileDisconnectedAsync(proxy, async () =>
        {
            await cluster.Client.DeleteAsync<V1ConfigMap>(new(space, "a"));
            await cluster.WriteAsync(space, "a", "new");
        }, () => proxy.Fault = context => ListingTests.RefuseOnceAsync(proxy, context));
        await Eventually.True(() => follower.Informer.Get(space, "a")?.Data["value"] == "new", "the old object is still there");
        follower.Informer.Get(space, "a")!.Metadata.Uid.ShouldNotBe(old.Metadata.Uid);
    }

    [Fact]
    public async Task Watches_that_are_cut_again_and_again_under_load_lose_nothing()
    {
        var space = await cluster.NamespaceAsync();
        await using var proxy = await cluster.ProxyAsync();
        await using var follower = Follow(proxy, space);
        await follower.SyncedAsync();
        var random = new Random(1);
        for (var i = 0; i < 150; i++)
        {
            var name = $"map-{random.Next(20)}";
            if (await cluster.Client.GetAsync<V1ConfigMap>(space, name) is null)
                await cluster.WriteAsync(space, name, $"{i}");
            else if (random.Next(3) == 0)
                await cluster.Client.DeleteAsync<V1ConfigMap>(new(space, name));
            else
                await cluster.ChangeAsync(space, name, $"{i}");
            if (i % 10 == 0)
                proxy.CutWatches();
        }

        await Eventually.Async(async () =>
        {
            var truth = await cluster.Client.ListAsync<V1ConfigMap>(space);
            follower.Informer.List().Select(Text).Order().ShouldBe(truth.Select(Text).Order());
        });

        static string Text(V1ConfigMap map) => $"{map.Metadata.Name}={map.Data?["value"]}@{map.Metadata.ResourceVersion}";
    }

    [Fact]
    public async Task A_server_that_restarts_is_followed_on()
    {
        await using var server = await TestApiServer.StartAsync();
        using var client = Clients.Create(server.Address, server.AdminToken);
        await client.CreateAsync(new V1Namespace { Metadata = new() { Name = "demo" } });
        await using var follower = new Follower<V1ConfigMap>(
            server.Address, Follower<V1ConfigMap>.Quick with { Namespace = "demo" }, token: server.AdminToken);
        await follower.SyncedAsync();
        await server.RestartAsync();
        await client.CreateAsync(new V1ConfigMap { Metadata = new() { NamespaceProperty = "demo", Name = "after" } });
        await follower.HasAsync("after");
    }

    private static Task WatchingAsync(FaultProxy proxy) => Eventually.True(() => proxy.OpenWatches == 1, "there is no watch");

    /// <summary>Cuts the watch, refuses every other until something was done, then lets them through (or what <paramref name="then"/> sets).</summary>
    private static async Task WhileDisconnectedAsync(FaultProxy proxy, Func<Task> work, Action? then = null)
    {
        proxy.Fault = context =>
        {
            context.Abort();
            return Task.FromResult(true);
        };
        proxy.CutWatches();
        await Eventually.True(() => proxy.OpenWatches == 0, "the watch was not cut");
        await work();
        proxy.Fault = null;
        then?.Invoke();
    }

    private Follower<V1ConfigMap> Follow(FaultProxy proxy, string space) => new(
        proxy.Address, Follower<V1ConfigMap>.Quick with { Namespace = space }, token: cluster.Server.AdminToken);
}
