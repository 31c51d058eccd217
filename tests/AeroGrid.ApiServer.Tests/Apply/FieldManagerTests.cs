using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Apply;
using AeroGrid.ApiServer.Resources;
using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.Tests.Apply;

/// <summary>Field ownership on Deployments and ConfigMaps, as https://kubernetes.io/docs/reference/using-api/server-side-apply/ tells it.</summary>
public sealed class FieldManagerTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly ResourceSnapshot Resources = new ResourceCatalog().Current;
    private static readonly ResourceDefinition ConfigMaps = Resources.ByPlural("", "v1", "configmaps")!;
    private static readonly ResourceDefinition Deployments = Resources.ByPlural("apps", "v1", "deployments")!;

    private readonly FieldManager _manager = new();

    [Fact]
    public void Applying_creates_the_object_and_owns_what_it_names()
    {
        var merged = Apply(ConfigMaps, null, "a", """{"data":{"x":"1"}}""");

        merged["data"]!["x"]!.GetValue<string>().ShouldBe("1");
        Fields(merged, "a").ShouldBe("""{"f:data":{"f:x":{}}}""");
        var entry = merged["metadata"]!["managedFields"]![0]!;
        entry["operation"]!.GetValue<string>().ShouldBe("Apply");
        entry["time"]!.GetValue<string>().ShouldBe("2026-01-01T00:00:00Z");
    }

    [Fact]
    public void A_field_that_is_no_longer_applied_is_removed()
    {
        var live = Apply(ConfigMaps, null, "a", """{"data":{"x":"1","y":"2"}}""");
        var merged = Apply(ConfigMaps, live, "a", """{"data":{"x":"1"}}""");

        merged["data"]!.ToJsonString().ShouldBe("""{"x":"1"}""");
        Fields(merged, "a").ShouldBe("""{"f:data":{"f:x":{}}}""");
    }

    [Fact]
    public void A_map_that_becomes_empty_goes_with_its_last_key()
    {
        var live = Apply(ConfigMaps, null, "a", """{"data":{"x":"1"}}""");
        Apply(ConfigMaps, live, "a", "{}").ContainsKey("data").ShouldBeFalse();
    }

    [Fact]
    public void Metadata_stays_when_its_last_label_goes()
    {
        var live = Apply(ConfigMaps, null, "a", """{"metadata":{"name":"c","labels":{"x":"1"}}}""");
        live["metadata"]!["uid"] = "u";
        var metadata = Apply(ConfigMaps, live, "a", "{}")["metadata"]!.AsObject();
        metadata["uid"]!.GetValue<string>().ShouldBe("u");
        metadata.ContainsKey("labels").ShouldBeFalse();
    }

    [Fact]
    public void A_field_that_another_manager_owns_too_stays()
    {
        var live = Apply(ConfigMaps, null, "a", """{"data":{"x":"1","y":"2"}}""");
        live = Apply(ConfigMaps, live, "b", """{"data":{"y":"2"}}""");
        var merged = Apply(ConfigMaps, live, "a", """{"data":{"x":"1"}}""");

        merged["data"]!["y"]!.GetValue<string>().ShouldBe("2");
        Fields(merged, "b").ShouldBe("""{"f:data":{"f:y":{}}}""");
    }

    [Fact]
    public void Another_value_for_a_field_of_another_manager_is_a_conflict()
    {
        var live = Apply(ConfigMaps, null, "a", """{"data":{"x":"1"}}""");
        var outcome = _manager.Apply(ConfigMaps, live, Configuration(ConfigMaps, """{"data":{"x":"2"}}"""), Request("b"));

        outcome.Merged.ShouldBeNull();
        outcome.Conflicts.ShouldBe([new ApplyConflict(".data.x", "\"a\"")]);
        ApplyConflicts.ToException("", "configmaps", "c", outcome.Conflicts).Message.ShouldBe("Apply failed with 1 conflict: conflict with \"a\": .data.x");
    }

    [Fact]
    public void Forcing_takes_the_field_from_the_other_manager()
    {
        var live = Apply(ConfigMaps, null, "a", """{"data":{"x":"1","y":"1"}}""");
        var merged = Apply(ConfigMaps, live, "b", """{"data":{"x":"2"}}""", force: true);

        merged["data"]!["x"]!.GetValue<string>().ShouldBe("2");
        Fields(merged, "a").ShouldBe("""{"f:data":{"f:y":{}}}""");
        Fields(merged, "b").ShouldBe("""{"f:data":{"f:x":{}}}""");
    }

    [Fact]
    public void Applying_the_same_again_changes_nothing_not_even_the_time()
    {
        var live = Apply(Deployments, null, "a", Deployment());
        var merged = Apply(Deployments, live, "a", Deployment(), at: Start.AddHours(1));

        JsonNode.DeepEquals(merged, live).ShouldBeTrue(merged.ToJsonString());
    }

    [Fact]
    public void Defaults_belong_to_nobody()
    {
        var merged = Apply(Deployments, null, "a", Deployment());

        merged["spec"]!["replicas"]!.GetValue<int>().ShouldBe(1);
        Fields(merged, "a").ShouldNotContain("replicas");
        // Somebody may set them later without a conflict.
        var scaled = Updated(Deployments, merged, o => o["spec"]!["replicas"] = 3, "scaler");
        Apply(Deployments, scaled, "a", Deployment())["spec"]!["replicas"]!.GetValue<int>().ShouldBe(3);
    }

    [Fact]
    public void Elements_of_keyed_lists_merge_and_are_owned_one_by_one()
    {
        var live = Apply(Deployments, null, "a", Deployment());
        var merged = Apply(Deployments, live, "sidecars", Template("""{"containers":[{"name":"proxy","image":"p"}]}"""));

        merged["spec"]!["template"]!["spec"]!["containers"]!.AsArray().Select(c => c!["name"]!.GetValue<string>()).ShouldBe(["app", "proxy"]);
        Fields(merged, "sidecars").ShouldContain("""k:{\u0022name\u0022:\u0022proxy\u0022}""");

        var without = Apply(Deployments, merged, "sidecars", "{}");
        without["spec"]!["template"]!["spec"]!["containers"]!.AsArray().Count.ShouldBe(1);
    }

    [Fact]
    public void Key_fields_that_are_left_out_count_as_their_default()
    {
        var live = Apply(Deployments, null, "a", Template("""{"containers":[{"name":"app","image":"i","ports":[{"containerPort":80}]}]}"""));
        Fields(live, "a").ShouldContain("""k:{\u0022containerPort\u0022:80,\u0022protocol\u0022:\u0022TCP\u0022}""");

        var merged = Apply(Deployments, live, "a", Template("""{"containers":[{"name":"app","image":"i","ports":[{"containerPort":80,"protocol":"TCP","name":"http"}]}]}"""));
        merged["spec"]!["template"]!["spec"]!["containers"]![0]!["ports"]!.AsArray().Count.ShouldBe(1);
    }

    [Fact]
    public void Atomic_maps_are_replaced_as_a_whole()
    {
        var live = Apply(Deployments, null, "a", Template("""{"containers":[{"name":"app","image":"i"}],"nodeSelector":{"x":"1"}}"""));
        var merged = Apply(Deployments, live, "a", Template("""{"containers":[{"name":"app","image":"i"}],"nodeSelector":{"y":"1"}}"""));

        merged["spec"]!["template"]!["spec"]!["nodeSelector"]!.ToJsonString().ShouldBe("""{"y":"1"}""");
        Fields(merged, "a").ShouldContain("\"f:nodeSelector\":{}");
    }

    [Fact]
    public void Applied_elements_keep_their_order_and_others_their_place()
    {
        var live = Apply(Deployments, null, "a", Template("""{"containers":[{"name":"a","image":"i"},{"name":"c","image":"i"}]}"""));
        var merged = Apply(Deployments, live, "b", Template("""{"containers":[{"name":"b","image":"i"},{"name":"c","image":"i"}]}"""));

        merged["spec"]!["template"]!["spec"]!["containers"]!.AsArray().Select(c => c!["name"]!.GetValue<string>()).ShouldBe(["a", "b", "c"]);
    }

    [Fact]
    public void An_update_owns_what_it_changed_and_takes_it_from_others()
    {
        var live = Apply(ConfigMaps, null, "a", """{"data":{"x":"1","y":"1"}}""");
        var updated = Updated(ConfigMaps, live, o => o["data"]!["x"] = "2", "editor");

        Fields(updated, "a").ShouldBe("""{"f:data":{"f:y":{}}}""");
        Fields(updated, "editor").ShouldBe("""{"f:data":{"f:x":{}}}""");
    }

    [Fact]
    public void An_update_that_changes_nothing_keeps_the_time()
    {
        var live = Created(ConfigMaps, """{"data":{"x":"1"}}""", "editor");
        var updated = Updated(ConfigMaps, live, _ => { }, "editor", Start.AddDays(1));
        JsonNode.DeepEquals(updated, live).ShouldBeTrue();
    }

    [Fact]
    public void A_create_owns_new_maps_as_well_as_their_keys()
    {
        var live = Created(ConfigMaps, """{"metadata":{"name":"c","labels":{"l":"1"}},"data":{"x":"1"}}""", "creator");
        Fields(live, "creator").ShouldBe("""{"f:data":{".":{},"f:x":{}},"f:metadata":{"f:labels":{".":{},"f:l":{}}}}""");
    }

    [Fact]
    public void Writes_of_the_status_are_tracked_apart()
    {
        var live = Apply(Deployments, null, "a", Deployment());
        var updated = Clone(live);
        updated["status"] = new JsonObject { ["readyReplicas"] = 1 };
        _manager.Track(Deployments, live, updated, Request("controller") with { Subresource = "status" });

        var entry = Entry(updated, "controller");
        entry["subresource"]!.GetValue<string>().ShouldBe("status");
        entry["fieldsV1"]!.ToJsonString().ShouldBe("""{"f:status":{".":{},"f:readyReplicas":{}}}""");
    }

    [Fact]
    public void Applying_the_object_claims_nothing_in_the_status()
    {
        var merged = Apply(Deployments, null, "a", Deployment(status: """{"readyReplicas":7}"""));
        merged.ContainsKey("status").ShouldBeFalse();
        Fields(merged, "a").ShouldNotContain("f:status");
    }

    [Fact]
    public void One_empty_entry_resets_ownership_until_somebody_applies()
    {
        var live = Created(ConfigMaps, """{"data":{"x":"1"}}""", "creator");
        var reset = Updated(ConfigMaps, live, o => o["metadata"]!["managedFields"] = new JsonArray(new JsonObject()), "creator");
        reset["metadata"]!.AsObject().ContainsKey("managedFields").ShouldBeFalse();

        Updated(ConfigMaps, reset, o => o["data"]!["x"] = "2", "editor")["metadata"]!.AsObject().ContainsKey("managedFields").ShouldBeFalse();

        var applied = Apply(ConfigMaps, reset, "a", """{"data":{"y":"1"}}""");
        Fields(applied, "before-first-apply").ShouldBe("""{"f:data":{".":{},"f:x":{}}}""");
    }

    [Fact]
    public void More_than_ten_updaters_are_put_together()
    {
        var live = Created(ConfigMaps, """{"data":{"x0":"1"}}""", "m0");
        for (var i = 1; i < 15; i++)
        {
            var key = $"x{i}";
            live = Updated(ConfigMaps, live, o => o["data"]![key] = "1", $"m{i}", Start.AddMinutes(i));
        }

        live["metadata"]!["managedFields"]!.AsArray().Count.ShouldBe(10);
        Fields(live, "ancient-changes").ShouldContain("f:x0");
        Fields(live, "m14").ShouldBe("""{"f:data":{"f:x14":{}}}""");
    }

    [Fact]
    public void Kubectl_takes_over_from_its_own_client_side_apply()
    {
        const string lastApplied = """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"},"data":{"x":"1"}}""";
        var live = Created(ConfigMaps, new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = "c", ["annotations"] = new JsonObject { ["kubectl.kubernetes.io/last-applied-configuration"] = lastApplied } },
            ["data"] = new JsonObject { ["x"] = "1", ["y"] = "1" },
        }.ToJsonString(), "kubectl-client-side-apply");

        var merged = Apply(ConfigMaps, live, "kubectl", """{"data":{"x":"2"}}""");
        merged["data"]!["x"]!.GetValue<string>().ShouldBe("2");
        merged["metadata"]!["annotations"]!["kubectl.kubernetes.io/last-applied-configuration"]!.GetValue<string>().ShouldContain("\"x\":\"2\"");

        // y was not applied from the client, so it stays a conflict; and so does everything for other managers.
        _manager.Apply(ConfigMaps, live, Configuration(ConfigMaps, """{"data":{"y":"2"}}"""), Request("kubectl")).Conflicts.Single().Field.ShouldBe(".data.y");
        _manager.Apply(ConfigMaps, live, Configuration(ConfigMaps, """{"data":{"x":"2"}}"""), Request("other")).Conflicts.Single()
            .ShouldBe(new ApplyConflict(".data.x", "\"kubectl-client-side-apply\" using v1"));
    }

    [Fact]
    public void A_configuration_with_managed_fields_is_refused()
    {
        Should.Throw<AeroGrid.ApiServer.Errors.ApiException>(() => Apply(ConfigMaps, null, "a", """{"metadata":{"name":"c","managedFields":[{"manager":"x"}]}}"""))
            .Message.ShouldContain("managedFields must be nil");
    }

    private static string Deployment(string? status = null) =>
        Template("""{"containers":[{"name":"app","image":"i"}]}""", status);

    private static string Template(string spec, string? status = null) =>
        $$$"""
        {"spec":{"selector":{"matchLabels":{"app":"x"}},"template":{"metadata":{"labels":{"app":"x"}},"spec":{{{spec}}}}}{{{(status is null ? "" : $",\"status\":{status}")}}}}
        """;

    private static JsonObject Configuration(ResourceDefinition definition, string json)
    {
        var obj = (JsonObject)JsonNode.Parse(json)!;
        obj["apiVersion"] = definition.ApiVersion;
        obj["kind"] = definition.Kind;
        obj.Ensure("metadata").SetDefault("name", "c");
        return obj;
    }

    private static FieldManagerRequest Request(string manager, bool force = false, DateTimeOffset? at = null) => new(manager, force, "", at ?? Start);

    private JsonObject Apply(ResourceDefinition definition, JsonObject? live, string manager, string json, bool force = false, DateTimeOffset? at = null)
    {
        var before = live?.ToJsonString();
        var outcome = _manager.Apply(definition, live, Configuration(definition, json), Request(manager, force, at));
        outcome.Conflicts.ShouldBeEmpty();
        live?.ToJsonString().ShouldBe(before);
        return outcome.Merged!;
    }

    private JsonObject Created(ResourceDefinition definition, string json, string manager)
    {
        var obj = Configuration(definition, json);
        _manager.Track(definition, null, obj, Request(manager));
        return obj;
    }

    private JsonObject Updated(ResourceDefinition definition, JsonObject live, Action<JsonObject> change, string manager, DateTimeOffset? at = null)
    {
        var updated = Clone(live);
        change(updated);
        _manager.Track(definition, live, updated, Request(manager, at: at));
        return updated;
    }

    private static JsonObject Clone(JsonObject obj) => (JsonObject)obj.DeepClone();

    private static JsonNode Entry(JsonObject obj, string manager) =>
        obj["metadata"]!["managedFields"]!.AsArray().Single(e => e!["manager"]!.GetValue<string>() == manager)!;

    private static string Fields(JsonObject obj, string manager) => Entry(obj, manager)["fieldsV1"]!.ToJsonString();
}
