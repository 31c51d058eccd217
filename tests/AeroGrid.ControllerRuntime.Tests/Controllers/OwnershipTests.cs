using AeroGrid.ControllerRuntime.Objects;
using AeroGrid.ControllerRuntime.Tests.Servers;
using AeroGrid.TestKit;
using k8s.Models;

namespace AeroGrid.ControllerRuntime.Tests.Controllers;

public sealed class OwnershipTests(Cluster cluster) : IAsyncLifetime
{
    private readonly Recorder<V1ConfigMap> recorder = new();
    private ControllerManager manager = null!;
    private string space = "";
    private V1ConfigMap b = null!;

    /// <summary>ConfigMaps a and b with a Secret of a, and a controller of ConfigMaps that owns Secrets.</summary>
    public async ValueTask InitializeAsync()
    {
        space = await cluster.NamespaceAsync();
        var a = await cluster.WriteAsync(space, "a");
        b = await cluster.WriteAsync(space, "b");
        await cluster.Client.CreateAsync(new V1Secret { Metadata = new() { NamespaceProperty = space, Name = "of-a" } }.OwnedBy(a));
        manager = new ControllerManager(cluster.Client);
        manager.AddController("maps", recorder, controller => controller
            .For(new() { Namespace = space })
            .Owns<V1Secret>(new() { Namespace = space }));
        await manager.StartAsync();
        await SettledAsync();
        recorder.Runs.Clear();
    }

    public ValueTask DisposeAsync() => manager.DisposeAsync();

    [Fact]
    public async Task A_change_of_an_owned_object_reconciles_its_owner_only()
    {
        await cluster.Client.MergePatchAsync<V1Secret>(new(space, "of-a"), new { stringData = new { x = "2" } });
        await SettledAsync();
        (recorder.Count("a"), recorder.Count("b")).ShouldBe((1, 0));
    }

    [Fact]
    public async Task An_owned_object_that_changes_its_owner_reconciles_both()
    {
        var ownerReferences = new[] { OwnerReferences.ToController(b) };
        await cluster.Client.MergePatchAsync<V1Secret>(new(space, "of-a"), new { metadata = new { ownerReferences } });
        await SettledAsync();
        (recorder.Count("a"), recorder.Count("b")).ShouldBe((1, 1));
    }

    [Fact]
    public async Task An_owned_object_that_is_deleted_reconciles_its_owner()
    {
        await cluster.Client.DeleteAsync<V1Secret>(new(space, "of-a"));
        await SettledAsync();
        (recorder.Count("a"), recorder.Count("b")).ShouldBe((1, 0));
    }

    [Fact]
    public async Task An_owner_of_another_kind_with_the_same_name_is_not_reconciled()
    {
        var service = await cluster.Client.CreateAsync(new V1Service
        {
            Metadata = new() { NamespaceProperty = space, Name = "a" },
            Spec = new() { Ports = [new() { Port = 80 }] },
        });
        await cluster.Client.CreateAsync(new V1Secret { Metadata = new() { NamespaceProperty = space, Name = "of-service" } }.OwnedBy(service));
        await SettledAsync();
        recorder.Count("a").ShouldBe(0);
    }

    /// <summary>Watches are in order: when a later change of both kinds has arrived and was reconciled, all earlier ones were.</summary>
    private async Task SettledAsync()
    {
        var marker = $"marker-{Guid.NewGuid():N}";
        var map = await cluster.WriteAsync(space, marker);
        await Eventually.True(() => recorder.Count(marker) == 1, "the marker did not arrive");
        await cluster.Client.CreateAsync(new V1Secret { Metadata = new() { NamespaceProperty = space, Name = marker } }.OwnedBy(map));
        await Eventually.True(() => recorder.Count(marker) == 2, "the marker's child did not arrive");
    }
}
