using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Apply;
using AeroGrid.ApiServer.Resources;
using CsCheck;

namespace AeroGrid.ApiServer.Tests.Apply;

/// <summary>What holds for every sequence of writes by several managers.</summary>
public sealed class FieldManagerProperties
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly ResourceDefinition Deployments = new ResourceCatalog().Current.ByPlural("apps", "v1", "deployments")!;
    private static readonly string[] Managers = ["a", "b", "c"];

    /// <summary>Configurations that overlap: a few labels, replicas, containers with images and environment.</summary>
    private static readonly Gen<JsonObject> Configurations =
        from labels in Gen.Dictionary(OneOf("x", "y", "z"), OneOf("1", "2"))[0, 3]
        from replicas in Gen.Int[0, 3]
        from containers in Gen.Dictionary(OneOf("app", "side", "log"), Gen.Dictionary(OneOf("A", "B"), OneOf("1", "2"))[0, 2])[0, 3]
        select Make(labels, replicas, containers);

    private static readonly Gen<(string Manager, bool Apply, JsonObject Configuration)> Writes =
        Gen.Select(OneOf(Managers), Gen.Bool, Configurations);

    private readonly FieldManager _manager = new();

    private static Gen<string> OneOf(params string[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    [Fact]
    public void Applying_twice_is_applying_once() => Writes.Array[1, 6].Sample(
        writes =>
        {
            var live = Run(writes);
            var (manager, _, configuration) = writes[^1];
            var once = Applied(live, manager, configuration, Start.AddDays(1));
            var twice = Applied(once, manager, configuration, Start.AddDays(2));
            return JsonNode.DeepEquals(once, twice);
        },
        iter: 500);

    [Fact]
    public void What_is_applied_is_there_and_owned_by_who_applied_it() => Writes.Array[1, 6].Sample(
        writes =>
        {
            var (manager, _, configuration) = writes[^1];
            var merged = Applied(Run(writes), manager, configuration, Start.AddDays(1));
            var claimed = Ownership.Claimed(Deployments, configuration, "");
            var there = FieldExtraction.Of(Deployments.Schema.Root, merged);
            var owned = ManagedFields.Read(merged)!.Find(e => e.Manager == manager && e.Operation == ManagedEntry.Apply)?.Fields ?? new FieldSet();
            return claimed.Except(there).IsEmpty && owned.SetEquals(claimed);
        },
        iter: 500);

    [Fact]
    public void Who_applies_nothing_any_more_leaves_nothing_of_its_own() => Writes.Array[1, 6].Sample(
        writes =>
        {
            var live = Run(writes);
            var before = ManagedFields.Read(live)!;
            var own = before.Find(e => e.Manager == "a" && e.Operation == ManagedEntry.Apply)?.Fields ?? new FieldSet();
            var others = before.Where(e => !(e.Manager == "a" && e.Operation == ManagedEntry.Apply)).Aggregate(new FieldSet(), (all, e) => all.Union(e.Fields));
            var merged = Applied(live, "a", Make([], null, []), Start.AddDays(1));
            var left = FieldExtraction.Of(Deployments.Schema.Root, merged);
            // Replicas has a default, which belongs to nobody.
            return left.Intersect(own.Except(others)).Paths().All(p => p == ".spec.replicas");
        },
        iter: 500);

    [Fact]
    public void Sets_survive_their_json_form() => Configurations.Sample(
        configuration =>
        {
            var set = FieldExtraction.Of(Deployments.Schema.Root, configuration);
            return FieldSet.FromJson((JsonObject)JsonNode.Parse(set.ToJson().ToJsonString())!).SetEquals(set);
        },
        iter: 500);

    [Fact]
    public void Sets_behave_as_sets() => Gen.Select(Configurations, Configurations).Sample(
        (x, y) =>
        {
            var (a, b) = (FieldExtraction.Of(Deployments.Schema.Root, x), FieldExtraction.Of(Deployments.Schema.Root, y));
            return a.Union(b).SetEquals(b.Union(a)) && a.Intersect(b).SetEquals(b.Intersect(a)) && a.Except(b).Union(a.Intersect(b)).SetEquals(a)
                && a.Except(b).Intersect(b).IsEmpty;
        },
        iter: 500);

    private JsonObject Run((string Manager, bool Apply, JsonObject Configuration)[] writes)
    {
        JsonObject? live = null;
        var time = Start;
        foreach (var (manager, apply, configuration) in writes)
        {
            time = time.AddMinutes(1);
            if (apply || live is null)
            {
                live = Applied(live, manager, configuration, time);
            }
            else
            {
                var updated = FieldMerge.Merge(Deployments.Schema.Root, live, configuration);
                _manager.Track(Deployments, live, updated, new FieldManagerRequest(manager, false, "", time));
                live = updated;
            }
        }

        return live!;
    }

    private JsonObject Applied(JsonObject? live, string manager, JsonObject configuration, DateTimeOffset time) =>
        _manager.Apply(Deployments, live, configuration, new FieldManagerRequest(manager, true, "", time)).Merged!;

    private static JsonObject Make(Dictionary<string, string> labels, int? replicas, Dictionary<string, Dictionary<string, string>> containers)
    {
        var result = new JsonObject { ["apiVersion"] = "apps/v1", ["kind"] = "Deployment", ["metadata"] = new JsonObject { ["name"] = "d" } };
        if (labels.Count > 0)
        {
            result["metadata"]!["labels"] = new JsonObject(labels.Select(l => KeyValuePair.Create(l.Key, (JsonNode?)l.Value)));
        }

        var spec = new JsonObject();
        if (replicas > 0)
        {
            spec["replicas"] = replicas;
        }

        if (containers.Count > 0)
        {
            spec["template"] = new JsonObject { ["spec"] = new JsonObject { ["containers"] = new JsonArray([.. containers.Select(c => Container(c.Key, c.Value))]) } };
        }

        if (spec.Count > 0)
        {
            result["spec"] = spec;
        }

        return result;
    }

    private static JsonNode Container(string name, Dictionary<string, string> environment)
    {
        var result = new JsonObject { ["name"] = name, ["image"] = "i" };
        if (environment.Count > 0)
        {
            result["env"] = new JsonArray([.. environment.Select(e => (JsonNode)new JsonObject { ["name"] = e.Key, ["value"] = e.Value })]);
        }

        return result;
    }
}
