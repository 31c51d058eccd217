using AeroGrid.ControllerRuntime.Client;
using AeroGrid.ControllerRuntime.Objects;
using AeroGrid.ControllerRuntime.Tests.Servers;
using k8s.Models;

namespace AeroGrid.ControllerRuntime.Tests.Objects;

public sealed class FinalizersTests(Cluster cluster)
{
    private const string Finalizer = "aerogrid.io/tests";

    [Fact]
    public async Task A_finalizer_keeps_a_deleted_object_until_it_is_removed()
    {
        var space = await cluster.NamespaceAsync();
        var map = await Finalizers.EnsureAsync(cluster.Client, await cluster.WriteAsync(space, "a"), Finalizer);
        Finalizers.Has(map, Finalizer).ShouldBeTrue();
        await cluster.Client.DeleteAsync<V1ConfigMap>(new(space, "a"));
        var dying = (await cluster.Client.GetAsync<V1ConfigMap>(space, "a")).ShouldNotBeNull();
        Finalizers.IsDeleting(dying).ShouldBeTrue();
        await Finalizers.RemoveAsync(cluster.Client, dying, Finalizer);
        (await cluster.Client.GetAsync<V1ConfigMap>(space, "a")).ShouldBeNull();
    }

    [Fact]
    public async Task Others_finalizers_stay_and_a_second_call_writes_nothing()
    {
        var space = await cluster.NamespaceAsync();
        var map = await cluster.WriteAsync(space, "a", change: map => map.Metadata.Finalizers = ["example.org/other"]);
        map = await Finalizers.EnsureAsync(cluster.Client, map, Finalizer);
        map.Metadata.Finalizers.ShouldBe(["example.org/other", Finalizer]);
        (await Finalizers.EnsureAsync(cluster.Client, map, Finalizer)).ShouldBeSameAs(map);
        await Finalizers.RemoveAsync(cluster.Client, map, Finalizer);
        (await cluster.Client.GetAsync<V1ConfigMap>(space, "a"))!.Metadata.Finalizers.ShouldBe(["example.org/other"]);
        await Finalizers.RemoveAsync(cluster.Client, map with { Metadata = map.Metadata with { Finalizers = [] } }, Finalizer);
    }

    [Fact]
    public async Task A_stale_object_is_a_conflict_and_a_gone_one_is_no_failure()
    {
        var space = await cluster.NamespaceAsync();
        var stale = await cluster.WriteAsync(space, "a");
        await cluster.ChangeAsync(space, "a", "2");
        (await Should.ThrowAsync<KubernetesApiException>(() => Finalizers.EnsureAsync(cluster.Client, stale, Finalizer))).IsConflict.ShouldBeTrue();
        var map = await Finalizers.EnsureAsync(cluster.Client, (await cluster.Client.GetAsync<V1ConfigMap>(space, "a"))!, Finalizer);
        await Finalizers.RemoveAsync(cluster.Client, map, Finalizer);
        await cluster.Client.DeleteAsync<V1ConfigMap>(new(space, "a"));
        await Finalizers.RemoveAsync(cluster.Client, map, Finalizer);
    }
}
