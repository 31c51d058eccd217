using AeroGrid.ControllerRuntime.Objects;
using AeroGrid.ControllerRuntime.Tests.Servers;
using AeroGrid.TestKit;
using k8s.Models;

namespace AeroGrid.ControllerRuntime.Tests.Informers;

public sealed class ListingTests(Cluster cluster)
{
    [Fact]
    public async Task Lists_in_pages_and_reconciles_each_object_once()
    {
        var space = await cluster.NamespaceAsync();
        var names = Enumerable.Range(0, 25).Select(number => $"map-{number:00}").ToArray();
        await Task.WhenAll(names.Select(name => cluster.WriteAsync(space, name)));
        await using var proxy = await cluster.ProxyAsync();
        using var client = cluster.Through(proxy);
        await using var manager = new ControllerManager(client);
        var recorder = new Recorder<V1ConfigMap>();
        manager.AddController("maps", recorder, controller => controller.For(new() { Namespace = space, PageSize = 10 }));
        await manager.StartAsync();
        await Eventually.True(() => recorder.Runs.Count >= 25, "not every object was reconciled");
        recorder.Runs.Order().ShouldBe(names);
        proxy.Seen.Where(request => request.IsList).Select(request => request.Query["limit"].ToString()).ShouldBe(["10", "10", "10"]);
    }

    [Fact]
    public async Task A_relist_of_several_pages_reports_no_false_deletion()
    {
        var space = await cluster.NamespaceAsync();
        await Task.WhenAll(Enumerable.Range(0, 25).Select(number => cluster.WriteAsync(space, $"map-{number:00}")));
        await using var proxy = await cluster.ProxyAsync();
        await using var follower = Follow(proxy, space, pageSize: 10);
        await follower.SyncedAsync();
        follower.Changes.Clear();

        // The server has forgotten everything: the next watch is refused, and all is listed again.
        proxy.Fault = context => RefuseOnceAsync(proxy, context);
        proxy.CutWatches();
        await Eventually.True(() => proxy.Seen.Count(request => request.IsList) == 6, "it did not list again");
        await cluster.WriteAsync(space, "last");
        await Eventually.True(() => !follower.Changes.IsEmpty, "the watch after the list is missing");
        follower.Changes.ShouldBe(["+last"]);
        follower.Informer.Count.ShouldBe(26);
    }

    [Fact]
    public async Task A_list_whose_snapshot_goes_between_two_pages_starts_again_and_mixes_no_states()
    {
        var space = await cluster.NamespaceAsync();
        await Task.WhenAll(Enumerable.Range(0, 25).Select(number => cluster.WriteAsync(space, $"map-{number:00}")));
        await using var proxy = await cluster.ProxyAsync();
        proxy.Fault = async context => context.Request.Query.ContainsKey("continue") && await context.StatusAsync(410, "Expired");
        await using var follower = Follow(proxy, space, pageSize: 10);
        await follower.SyncedAsync();
        follower.Informer.Count.ShouldBe(25);
        proxy.Seen.Where(request => request.IsList).Select(request => request.Query["limit"].ToString()).ShouldBe(["10", "10", ""]);
    }

    [Fact]
    public async Task Objects_are_found_by_their_owner()
    {
        var space = await cluster.NamespaceAsync();
        var (first, second) = (await cluster.WriteAsync(space, "first"), await cluster.WriteAsync(space, "second"));
        await cluster.WriteAsync(space, "a", change: map => map.OwnedBy(first));
        await cluster.WriteAsync(space, "b", change: map => map.OwnedBy(second));
        await cluster.WriteAsync(space, "c", change: map => map.OwnedBy(first));
        await using var proxy = await cluster.ProxyAsync();
        await using var follower = Follow(proxy, space);
        await follower.SyncedAsync();
        Owned(first).ShouldBe(["a", "c"]);
        Owned(second).ShouldBe(["b"]);

        await cluster.Client.DeleteAsync<V1ConfigMap>(new(space, "a"));
        await Eventually.True(() => Owned(first).SequenceEqual(["c"]), "the index keeps what is gone");

        IEnumerable<string> Owned(V1ConfigMap owner) => follower.Informer.OwnedBy(owner).Select(map => map.Metadata.Name).Order();
    }

    [Fact]
    public async Task Indexes_follow_every_change_whenever_they_are_added()
    {
        var space = await cluster.NamespaceAsync();
        await cluster.WriteAsync(space, "a", "x");
        await using var proxy = await cluster.ProxyAsync();
        await using var follower = Follow(proxy, space);
        await follower.SyncedAsync();
        follower.Informer.AddIndex("value", static map => [map.Data["value"]]);
        follower.Informer.ByIndex("value", "x").Count.ShouldBe(1);
        await cluster.ChangeAsync(space, "a", "y");
        await Eventually.True(() => follower.Informer.ByIndex("value", "y").Count == 1, "the index does not follow");
        follower.Informer.ByIndex("value", "x").ShouldBeEmpty();
        Should.Throw<InvalidOperationException>(() => follower.Informer.AddIndex("value", static _ => []));
        Should.Throw<ArgumentException>(() => follower.Informer.ByIndex("other", "x"));
    }

    [Fact]
    public async Task A_selection_keeps_only_what_fits_and_tells_when_something_leaves_it()
    {
        var space = await cluster.NamespaceAsync();
        await cluster.WriteAsync(space, "a", change: map => map.Metadata.Labels = new Dictionary<string, string> { ["team"] = "red" });
        await cluster.WriteAsync(space, "b", change: map => map.Metadata.Labels = new Dictionary<string, string> { ["team"] = "blue" });
        await using var proxy = await cluster.ProxyAsync();
        await using var follower = new Follower<V1ConfigMap>(
            proxy.Address, Follower<V1ConfigMap>.Quick with { Namespace = space, LabelSelector = "team=red" }, token: cluster.Server.AdminToken);
        await follower.HasAsync("a");
        await cluster.Client.MergePatchAsync<V1ConfigMap>(new(space, "a"), new { metadata = new { labels = new { team = "blue" } } });
        await follower.HasAsync();
        follower.Changes.ShouldBe(["+a", "-a"]);
    }

    internal static async Task<bool> RefuseOnceAsync(FaultProxy proxy, Microsoft.AspNetCore.Http.HttpContext context)
    {
        if (!context.IsWatch())
            return false;
        proxy.Fault = null;
        return await context.StatusAsync(410, "Expired");
    }

    private Follower<V1ConfigMap> Follow(FaultProxy proxy, string space, int pageSize = 500) => new(
        proxy.Address,
        Follower<V1ConfigMap>.Quick with { Namespace = space, PageSize = pageSize, FieldSelector = "metadata.name!=kube-root-ca.crt" },
        token: cluster.Server.AdminToken);
}
