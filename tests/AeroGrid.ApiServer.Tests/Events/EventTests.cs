using System.Net;
using System.Text.Json.Nodes;
using AeroGrid.TestKit;

namespace AeroGrid.ApiServer.Tests.Events;

/// <summary>Events are one kind of object with two groups, as in Kubernetes.</summary>
public sealed class EventTests(ApiServerFixture api) : IClassFixture<ApiServerFixture>
{
    private string _namespace = "";

    [Fact]
    public async Task An_event_of_the_core_group_is_read_by_the_names_of_the_other()
    {
        var (core, events) = await UrlsAsync();
        var created = (await api.PostAsync(core, Core("a"))).Ok(HttpStatusCode.Created);

        var other = (await api.GetAsync($"{events}/a")).Ok();
        ((string?)other["apiVersion"]).ShouldBe("events.k8s.io/v1");
        ((string?)other["kind"]).ShouldBe("Event");
        ((string?)other["metadata"]!["uid"]).ShouldBe((string?)created["metadata"]!["uid"]);
        ((string?)other["metadata"]!["resourceVersion"]).ShouldBe((string?)created["metadata"]!["resourceVersion"]);
        foreach (var (from, to) in new[]
        {
            ("involvedObject", "regarding"), ("message", "note"), ("reportingComponent", "reportingController"), ("source", "deprecatedSource"),
            ("firstTimestamp", "deprecatedFirstTimestamp"), ("lastTimestamp", "deprecatedLastTimestamp"), ("count", "deprecatedCount"), ("type", "type"),
            ("reason", "reason"), ("series", "series"),
        })
        {
            created[from].ShouldNotBeNull();
            other[to]!.ToJsonString().ShouldBe(created[from]!.ToJsonString());
            if (from != to)
            {
                other[from].ShouldBeNull();
            }
        }
    }

    [Fact]
    public async Task What_is_written_in_either_group_is_listed_changed_and_deleted_in_both()
    {
        var (core, events) = await UrlsAsync();
        (await api.PostAsync(core, Core("a"))).Ok(HttpStatusCode.Created);
        (await api.PostAsync(events, Modern("b"))).Ok(HttpStatusCode.Created);
        (await api.GetAsync(core)).Names.ShouldBe(["a", "b"]);
        (await api.GetAsync(events)).Names.ShouldBe(["a", "b"]);
        (await api.PostAsync(events, Modern("a"))).ShouldFail(409, "AlreadyExists");
        ((string?)(await api.GetAsync(events)).Body["items"]![0]!["note"]).ShouldBe("it happened");

        (await api.MergeAsync($"{core}/b", """{"message":"again"}""")).Ok();
        ((string?)(await api.GetAsync($"{events}/b")).Body["note"]).ShouldBe("again");
        (await api.MergeAsync($"{events}/b", """{"series":{"count":3,"lastObservedTime":"2030-01-01T00:00:00.000000Z"}}""")).Ok();
        ((int?)(await api.GetAsync($"{core}/b")).Body["series"]!["count"]).ShouldBe(3);

        (await api.DeleteAsync($"{events}/a")).Ok();
        (await api.GetAsync($"{core}/a")).ShouldFail(404, "NotFound");
    }

    [Fact]
    public async Task A_watch_of_either_group_tells_events_of_both_in_its_own_form()
    {
        var (core, events) = await UrlsAsync();
        var version = (await api.GetAsync(core)).ResourceVersion;
        await using var ofCore = await api.WatchAsync($"{core}?watch=1&resourceVersion={version}");
        await using var ofEvents = await api.WatchAsync($"{events}?watch=1&resourceVersion={version}&fieldSelector=regarding.name%3Dweb");
        (await api.PostAsync(core, Core("a"))).Ok(HttpStatusCode.Created);
        (await api.PostAsync(events, Modern("b"))).Ok(HttpStatusCode.Created);
        (await api.DeleteAsync($"{core}/b")).Ok();

        var inCore = await ofCore.TakeAsync(3);
        inCore.Select(e => e.ToString()).ShouldBe(["ADDED a", "ADDED b", "DELETED b"]);
        inCore.ShouldAllBe(e => (string?)e.Object["apiVersion"] == "v1" && (string?)e.Object["message"] == "it happened");
        var inEvents = await ofEvents.TakeAsync(3);
        inEvents.Select(e => e.ToString()).ShouldBe(["ADDED a", "ADDED b", "DELETED b"]);
        inEvents.ShouldAllBe(e => (string?)e.Object["apiVersion"] == "events.k8s.io/v1" && (string?)e.Object["note"] == "it happened");
    }

    [Theory]
    [InlineData("", "involvedObject.name=web", "a b")]
    [InlineData("", "involvedObject.kind=Pod,involvedObject.name!=web", "")]
    [InlineData("", "involvedObject.uid=u-1", "a b")]
    [InlineData("", "involvedObject.fieldPath=spec.containers{app}", "a")]
    [InlineData("", "reason=Started,type=Normal", "a b")]
    [InlineData("", "type=Warning", "")]
    [InlineData("", "source=kubelet", "a")]
    [InlineData("", "source=example.com/modern", "b")]
    [InlineData("", "reportingComponent=example.com/modern", "b")]
    [InlineData("events.k8s.io", "regarding.name=web,regarding.kind=Pod", "a b")]
    [InlineData("events.k8s.io", "reportingController=example.com/modern", "b")]
    [InlineData("events.k8s.io", "reason!=Started", "")]
    public async Task Events_are_selected_by_the_fields_of_their_group(string group, string selector, string names)
    {
        var (core, events) = await UrlsAsync();
        (await api.PostAsync(core, Core("a"))).Ok(HttpStatusCode.Created);
        (await api.PostAsync(events, Modern("b"))).Ok(HttpStatusCode.Created);
        var list = await api.GetAsync($"{(group.Length == 0 ? core : events)}?fieldSelector={Uri.EscapeDataString(selector)}");
        string.Join(' ', list.Names).ShouldBe(names);
    }

    [Fact]
    public async Task A_field_of_the_other_group_is_refused_with_those_that_are_there()
    {
        var (core, events) = await UrlsAsync();
        (await api.GetAsync($"{core}?fieldSelector=regarding.name%3Dx")).ShouldFail(400, "BadRequest")["message"]!.ToString()
            .ShouldContain("field label not supported: regarding.name; events support metadata.name, metadata.namespace, involvedObject.kind");
        (await api.GetAsync($"{events}?fieldSelector=involvedObject.name%3Dx")).ShouldFail(400, "BadRequest");
    }

    [Fact]
    public async Task Events_of_the_new_group_are_held_to_more_and_change_only_in_their_series()
    {
        var (_, events) = await UrlsAsync();
        var causes = (await api.PostAsync(events, """{"metadata":{"name":"x"},"eventTime":"2030-01-01T00:00:00.000000Z","deprecatedCount":1,"type":"Odd"}""")).ShouldFail(422, "Invalid")
            ["details"]!["causes"]!.AsArray().Select(c => (string?)c!["field"]);
        causes.ShouldBe(["regarding.namespace", "reportingController", "reportingInstance", "action", "reason", "type", "deprecatedCount"], ignoreOrder: true);

        (await api.PostAsync(events, Modern("b"))).Ok(HttpStatusCode.Created);
        (await api.MergeAsync($"{events}/b", """{"note":"other"}""")).ShouldFail(422, "Invalid")["message"]!.ToString().ShouldContain("note: Invalid value: \"other\": field is immutable");
    }

    [Fact]
    public async Task Kubectl_shows_what_happened_and_to_what()
    {
        Assert.SkipUnless(Tools.Has("kubectl"), "kubectl is not installed");
        var (core, _) = await UrlsAsync();
        (await api.PostAsync(core, Core("a"))).Ok(HttpStatusCode.Created);
        var ns = core.Split('/')[4];
        (await api.Server.KubectlOkAsync("get", "events", "-n", ns, "--field-selector", "involvedObject.name=web")).ShouldContain("pod/web");
        (await api.Server.KubectlOkAsync("get", "events.events.k8s.io", "-n", ns)).ShouldContain("it happened");
        (await api.Server.KubectlOkAsync("events", "-n", ns)).ShouldContain("Pod/web");
    }

    private async Task<(string Core, string Events)> UrlsAsync()
    {
        _namespace = await api.NamespaceAsync();
        return ($"/api/v1/namespaces/{_namespace}/events", $"/apis/events.k8s.io/v1/namespaces/{_namespace}/events");
    }

    private string Core(string name) => new JsonObject
    {
        ["metadata"] = new JsonObject { ["name"] = name },
        ["involvedObject"] = Pod(fieldPath: "spec.containers{app}"),
        ["reason"] = "Started",
        ["message"] = "it happened",
        ["type"] = "Normal",
        ["source"] = new JsonObject { ["component"] = "kubelet", ["host"] = "here" },
        ["reportingComponent"] = "kubelet",
        ["firstTimestamp"] = "2030-01-01T00:00:00Z",
        ["lastTimestamp"] = "2030-01-01T00:01:00Z",
        ["count"] = 2,
        ["series"] = new JsonObject { ["count"] = 2, ["lastObservedTime"] = "2030-01-01T00:01:00.000000Z" },
    }.ToJsonString();

    private string Modern(string name) => new JsonObject
    {
        ["metadata"] = new JsonObject { ["name"] = name },
        ["eventTime"] = "2030-01-01T00:00:00.000000Z",
        ["reportingController"] = "example.com/modern",
        ["reportingInstance"] = "modern-1",
        ["action"] = "Starting",
        ["reason"] = "Started",
        ["regarding"] = Pod(fieldPath: null),
        ["note"] = "it happened",
        ["type"] = "Normal",
    }.ToJsonString();

    private JsonObject Pod(string? fieldPath)
    {
        var reference = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Pod", ["namespace"] = _namespace, ["name"] = "web", ["uid"] = "u-1" };
        if (fieldPath is not null)
        {
            reference["fieldPath"] = fieldPath;
        }

        return reference;
    }
}
