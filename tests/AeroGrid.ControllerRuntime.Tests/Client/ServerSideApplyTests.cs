using AeroGrid.ControllerRuntime.Client;
using AeroGrid.ControllerRuntime.Tests.Servers;
using k8s.Models;

namespace AeroGrid.ControllerRuntime.Tests.Client;

public sealed class ServerSideApplyTests(Cluster cluster)
{
    [Fact]
    public async Task Creates_what_is_missing_and_removes_what_is_no_longer_applied()
    {
        var space = await cluster.NamespaceAsync();
        (await ApplyAsync(space, "tests", ("a", "1"), ("b", "2"))).Data.ShouldBe(new Dictionary<string, string> { ["a"] = "1", ["b"] = "2" });
        (await ApplyAsync(space, "tests", ("a", "1"))).Data.ShouldBe(new Dictionary<string, string> { ["a"] = "1" });
    }

    [Fact]
    public async Task Leaves_alone_what_others_own()
    {
        var space = await cluster.NamespaceAsync();
        await ApplyAsync(space, "tests", ("a", "1"));
        await ApplyAsync(space, "others", ("b", "2"));
        (await ApplyAsync(space, "tests", ("a", "3"))).Data.ShouldBe(new Dictionary<string, string> { ["a"] = "3", ["b"] = "2" });
    }

    [Fact]
    public async Task Without_force_a_field_of_another_manager_is_a_conflict_that_names_it()
    {
        var space = await cluster.NamespaceAsync();
        await ApplyAsync(space, "others", ("a", "1"));
        var map = Map(space, ("a", "2"));
        var conflict = await Should.ThrowAsync<KubernetesApiException>(() => cluster.Client.ApplyAsync(map, "tests", force: false));
        conflict.IsConflict.ShouldBeTrue();
        conflict.Causes.ShouldHaveSingleItem().Field.ShouldBe(".data.a");
        conflict.Causes[0].Message.ShouldContain("others");
        (await cluster.Client.ApplyAsync(map, "tests")).Data["a"].ShouldBe("2");
    }

    [Fact]
    public async Task Status_is_applied_without_touching_the_spec()
    {
        var space = await cluster.NamespaceAsync();
        await cluster.Client.CreateAsync(new V1Pod
        {
            Metadata = new() { NamespaceProperty = space, Name = "pod" },
            Spec = new() { Containers = [new() { Name = "main", Image = "x" }] },
        });
        var applied = await cluster.Client.ApplyStatusAsync(
            new V1Pod { Metadata = new() { NamespaceProperty = space, Name = "pod" }, Status = new() { Phase = "Running" } }, "tests");
        (applied.Status.Phase, applied.Spec.Containers[0].Image).ShouldBe(("Running", "x"));
    }

    [Fact]
    public async Task Two_that_apply_at_once_both_get_through()
    {
        var space = await cluster.NamespaceAsync();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(number => ApplyAsync(space, $"manager-{number}", ($"key-{number}", "x"))));
        (await cluster.Client.GetAsync<V1ConfigMap>(space, "map"))!.Data.Count.ShouldBe(8);
    }

    private static V1ConfigMap Map(string space, params (string Key, string Value)[] data) => new()
    {
        Metadata = new() { NamespaceProperty = space, Name = "map" },
        Data = data.ToDictionary(pair => pair.Key, pair => pair.Value),
    };

    private Task<V1ConfigMap> ApplyAsync(string space, string manager, params (string Key, string Value)[] data) =>
        cluster.Client.ApplyAsync(Map(space, data), manager);
}
