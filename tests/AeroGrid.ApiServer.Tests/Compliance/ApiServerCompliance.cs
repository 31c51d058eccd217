using System.Net;
using System.Text.Json.Nodes;
using AeroGrid.TestKit;

namespace AeroGrid.ApiServer.Tests.Compliance;

/// <summary>
/// What every Kubernetes API server does and our operator relies on. Runs against ours always and against a real cluster when the
/// environment variable AEROGRID_TEST_KUBECONFIG names its kubeconfig: the guard against "works only with our server".
/// </summary>
public abstract class ApiServerCompliance(HttpApi api)
{
    private const string NoReplicas =
        """{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"replicas":0,"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}""";

    /// <summary>Makes the server forget what happened before, where the test can do that.</summary>
    protected abstract Task CompactAsync();

    [Fact]
    public async Task A_list_in_pages_shows_one_moment_although_objects_come_and_go()
    {
        var url = await ConfigMapsAsync("a", "b", "c", "d", "e");
        var first = await api.GetAsync($"{url}?limit=2");
        first.Names.ShouldBe(["a", "b"]);
        await api.PostAsync(url, """{"metadata":{"name":"bb"}}""");
        await api.DeleteAsync($"{url}/d");

        var second = await api.GetAsync($"{url}?limit=2&continue={(string?)first.Body["metadata"]!["continue"]}");
        second.Names.ShouldBe(["c", "d"]);
        second.ResourceVersion.ShouldBe(first.ResourceVersion);
        var third = await api.GetAsync($"{url}?limit=2&continue={(string?)second.Body["metadata"]!["continue"]}");
        third.Names.ShouldBe(["e"]);
        ((string?)third.Body["metadata"]!["continue"] ?? "").ShouldBe("");

        (await api.GetAsync(url)).Names.ShouldBe(["a", "b", "bb", "c", "e"]);
    }

    [Fact]
    public async Task A_watch_from_a_lists_version_tells_everything_after_it_in_order()
    {
        var url = await ConfigMapsAsync("before");
        var list = await api.GetAsync(url);
        await api.PostAsync(url, """{"metadata":{"name":"x"}}""");
        await using var watch = await api.WatchAsync($"{url}?watch=1&resourceVersion={list.ResourceVersion}");
        await api.MergeAsync($"{url}/x", """{"data":{"k":"v"}}""");
        await api.DeleteAsync($"{url}/before");
        await api.DeleteAsync($"{url}/x");

        var events = await watch.TakeAsync(4);
        events.Select(e => e.ToString()).ShouldBe(["ADDED x", "MODIFIED x", "DELETED before", "DELETED x"]);
        events.Select(e => e.ResourceVersion).ShouldBeInOrder();
        ((string?)events[1].Object["data"]!["k"]).ShouldBe("v");
    }

    [Fact]
    public async Task A_watch_with_a_selector_tells_objects_that_begin_and_cease_to_match()
    {
        var url = await ConfigMapsAsync();
        var list = await api.GetAsync(url);
        await using var watch = await api.WatchAsync($"{url}?watch=1&labelSelector=in%3Dyes&resourceVersion={list.ResourceVersion}");
        await api.PostAsync(url, """{"metadata":{"name":"x"}}""");
        await api.MergeAsync($"{url}/x", """{"metadata":{"labels":{"in":"yes"}}}""");
        await api.MergeAsync($"{url}/x", """{"data":{"k":"v"}}""");
        await api.MergeAsync($"{url}/x", """{"metadata":{"labels":{"in":"no"}}}""");

        (await watch.TakeAsync(3)).Select(e => e.ToString()).ShouldBe(["ADDED x", "MODIFIED x", "DELETED x"]);
    }

    [Fact]
    public async Task Initial_events_end_with_a_marked_bookmark()
    {
        var url = await ConfigMapsAsync("a", "b");
        await using var watch = await api.WatchAsync($"{url}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true");
        var names = new List<string>();
        WatchedEvent next;
        while ((next = (await watch.NextAsync())!).Type == "ADDED")
        {
            names.Add(next.Name);
        }

        names.ShouldBeSubsetOf(["a", "b", "kube-root-ca.crt"]);
        names.ShouldContain("a");
        names.ShouldContain("b");
        next.Type.ShouldBe("BOOKMARK");
        ((string?)next.Object["metadata"]!["annotations"]!["k8s.io/initial-events-end"]).ShouldBe("true");
        next.ResourceVersion.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_watch_from_a_forgotten_version_is_told_to_start_anew()
    {
        var url = await ConfigMapsAsync("a", "b");
        await api.DeleteAsync($"{url}/a");
        await api.DeleteAsync($"{url}/b");
        await CompactAsync();

        // Both forms occur in clusters: an error event, and an answer with status 410.
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(api.Address, $"{url}?watch=1&resourceVersion=1&timeoutSeconds=5"));
        var answer = await api.SendAsync(request);
        var status = answer.Status == HttpStatusCode.OK ? WatchedEvent.Parse(answer.Text.Split('\n')[0]) is { Type: "ERROR" } e ? e.Object : answer.Body : answer.Body;
        ((int?)status["code"]).ShouldBe(410, answer.Text);
        ((string?)status["reason"]).ShouldBeOneOf("Expired", "Gone");
    }

    [Fact]
    public async Task Stale_resource_version_is_a_conflict()
    {
        var url = await ConfigMapsAsync("a");
        var read = (await api.GetAsync($"{url}/a")).Ok();
        (await api.MergeAsync($"{url}/a", """{"data":{"k":"1"}}""")).Ok();
        read["data"] = new JsonObject { ["k"] = "2" };
        (await api.PutAsync($"{url}/a", read.ToJsonString())).ShouldFail(409, "Conflict");
        (await api.GetAsync($"{url}/a")).Body["data"]!["k"]!.ToString().ShouldBe("1");
    }

    [Fact]
    public async Task A_taken_name_is_a_conflict()
    {
        var url = await ConfigMapsAsync("a");
        (await api.PostAsync(url, """{"metadata":{"name":"a"}}""")).ShouldFail(409, "AlreadyExists");
    }

    [Fact]
    public async Task Applied_fields_have_an_owner_and_others_need_force()
    {
        var url = $"{await ConfigMapsAsync()}/a";
        const string body = """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":"1"}}""";
        var created = (await api.ApplyAsync(url, "one", body)).Ok(HttpStatusCode.Created);
        ((string?)created["metadata"]!["managedFields"]![0]!["operation"]).ShouldBe("Apply");

        var again = (await api.ApplyAsync(url, "one", body)).Ok();
        ((string?)again["metadata"]!["resourceVersion"]).ShouldBe((string?)created["metadata"]!["resourceVersion"]);

        var conflict = (await api.ApplyAsync(url, "two", body.Replace("\"1\"", "\"2\""))).ShouldFail(409, "Conflict");
        var cause = conflict["details"]!["causes"]![0]!;
        ((string?)cause["reason"]).ShouldBe("FieldManagerConflict");
        ((string?)cause["field"]).ShouldBe(".data.k");

        (await api.ApplyAsync(url, "two", body.Replace("\"1\"", "\"2\""), force: true)).Ok();
        var dropped = (await api.ApplyAsync(url, "two", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}""")).Ok();
        dropped["data"].ShouldBeNull();
    }

    [Fact]
    public async Task A_finalizer_delays_the_deletion_until_it_is_removed()
    {
        var url = await ConfigMapsAsync();
        await api.PostAsync(url, """{"metadata":{"name":"a","finalizers":["example.com/wait"]}}""");
        (await api.DeleteAsync($"{url}/a")).Ok();
        var waiting = (await api.GetAsync($"{url}/a")).Ok();
        waiting["metadata"]!["deletionTimestamp"].ShouldNotBeNull();

        (await api.MergeAsync($"{url}/a", """{"metadata":{"finalizers":["example.com/wait","example.com/more"]}}""")).ShouldFail(422, "Invalid");
        (await api.MergeAsync($"{url}/a", """{"metadata":{"finalizers":null}}""")).Ok();
        (await api.GetAsync($"{url}/a")).ShouldFail(404, "NotFound");
    }

    [Fact]
    public async Task Status_and_the_rest_are_written_apart()
    {
        var url = $"/apis/apps/v1/namespaces/{await api.NamespaceAsync()}/deployments";
        var created = (await api.PostAsync(url, NoReplicas)).Ok(HttpStatusCode.Created);
        ((long?)created["metadata"]!["generation"]).ShouldBe(1);

        var byStatus = (await api.MergeAsync($"{url}/d/status", """{"spec":{"paused":true},"status":{"collisionCount":7}}""")).Ok();
        byStatus["spec"]!["paused"].ShouldBeNull();
        ((int?)byStatus["status"]!["collisionCount"]).ShouldBe(7);
        ((long?)byStatus["metadata"]!["generation"]).ShouldBe(1);

        var bySpec = (await api.MergeAsync($"{url}/d", """{"spec":{"paused":true},"status":{"collisionCount":9}}""")).Ok();
        ((int?)bySpec["status"]!["collisionCount"]).ShouldBe(7);
        ((long?)bySpec["metadata"]!["generation"]).ShouldBe(2);
    }

    [Fact]
    public async Task The_scale_of_a_deployment_is_read_and_written_on_its_own()
    {
        var url = $"/apis/apps/v1/namespaces/{await api.NamespaceAsync()}/deployments";
        (await api.PostAsync(url, NoReplicas.Replace("\"spec\":{\"replicas\":0", "\"spec\":{\"paused\":true,\"replicas\":0"))).Ok(HttpStatusCode.Created);
        var scale = (await api.GetAsync($"{url}/d/scale")).Ok();
        ((string?)scale["kind"]).ShouldBe("Scale");
        ((string?)scale["status"]!["selector"]).ShouldBe("a=b");
        (await api.MergeAsync($"{url}/d/scale", """{"spec":{"replicas":3}}""")).Ok();
        ((int?)(await api.GetAsync($"{url}/d")).Body["spec"]!["replicas"]).ShouldBe(3);
    }

    [Fact]
    public async Task A_dry_run_answers_as_usual_and_changes_nothing()
    {
        var url = await ConfigMapsAsync("a");
        (await api.PostAsync($"{url}?dryRun=All", """{"metadata":{"name":"b"}}""")).Ok(HttpStatusCode.Created);
        (await api.GetAsync($"{url}/b")).ShouldFail(404, "NotFound");
        var patched = (await api.MergeAsync($"{url}/a?dryRun=All", """{"data":{"k":"v"}}""")).Ok();
        ((string?)patched["data"]!["k"]).ShouldBe("v");
        (await api.DeleteAsync($"{url}/a?dryRun=All")).Ok();
        (await api.GetAsync($"{url}/a")).Ok()["data"].ShouldBeNull();
    }

    [Fact]
    public async Task Objects_whose_owner_is_gone_are_collected()
    {
        var url = await ConfigMapsAsync("owner");
        var uid = (string?)(await api.GetAsync($"{url}/owner")).Body["metadata"]!["uid"];
        var owned = $$$"""{"metadata":{"name":"owned","ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"owner","uid":"{{{uid}}}"}]}}""";
        (await api.PostAsync(url, owned)).Ok(HttpStatusCode.Created);
        (await api.DeleteAsync($"{url}/owner")).Ok();
        await Eventually.Async(async () => (await api.GetAsync($"{url}/owned")).ShouldFail(404, "NotFound"));
    }

    [Fact]
    public async Task Foreground_deletion_waits_for_the_dependents_that_block_it()
    {
        var url = await ConfigMapsAsync("owner");
        var uid = (string?)(await api.GetAsync($"{url}/owner")).Body["metadata"]!["uid"];
        (await api.PostAsync(
            url,
            $$$"""{"metadata":{"name":"owned","finalizers":["example.com/wait"],"ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"owner","uid":"{{{uid}}}","blockOwnerDeletion":true}]}}"""))
            .Ok(HttpStatusCode.Created);
        await api.DeleteAsync($"{url}/owner", """{"propagationPolicy":"Foreground"}""");
        await Eventually.Async(async () => (await api.GetAsync($"{url}/owned")).Body["metadata"]!["deletionTimestamp"].ShouldNotBeNull());
        (await api.GetAsync($"{url}/owner")).Ok();

        await api.MergeAsync($"{url}/owned", """{"metadata":{"finalizers":null}}""");
        await Eventually.Async(async () => (await api.GetAsync($"{url}/owner")).ShouldFail(404, "NotFound"));
    }

    [Fact]
    public async Task Orphans_stay_and_lose_the_reference()
    {
        var url = await ConfigMapsAsync("owner");
        var uid = (string?)(await api.GetAsync($"{url}/owner")).Body["metadata"]!["uid"];
        var owned = $$$"""{"metadata":{"name":"owned","ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"owner","uid":"{{{uid}}}"}]}}""";
        (await api.PostAsync(url, owned)).Ok(HttpStatusCode.Created);
        await api.DeleteAsync($"{url}/owner", """{"propagationPolicy":"Orphan"}""");
        await Eventually.Async(async () => (await api.GetAsync($"{url}/owner")).ShouldFail(404, "NotFound"));
        (await api.GetAsync($"{url}/owned")).Ok()["metadata"]!["ownerReferences"].ShouldBeNull();
    }

    [Fact]
    public async Task A_deleted_namespace_takes_everything_in_it_along()
    {
        var ns = await api.NamespaceAsync();
        await api.PostAsync($"/api/v1/namespaces/{ns}/configmaps", """{"metadata":{"name":"waits","finalizers":["example.com/wait"]}}""");
        await api.PostAsync($"/api/v1/namespaces/{ns}/secrets", """{"metadata":{"name":"s"}}""");
        await api.DeleteAsync($"/api/v1/namespaces/{ns}");
        await Eventually.Async(async () => (await api.GetAsync($"/api/v1/namespaces/{ns}/secrets/s")).ShouldFail(404, "NotFound"));
        await Eventually.Async(async () => (await api.GetAsync($"/api/v1/namespaces/{ns}")).Ok()["status"]!["conditions"]!.AsArray()
            .ShouldContain(c => (string?)c!["type"] == "NamespaceFinalizersRemaining" && (string?)c["status"] == "True"));
        ((string?)(await api.GetAsync($"/api/v1/namespaces/{ns}")).Body["status"]!["phase"]).ShouldBe("Terminating");
        (await api.PostAsync($"/api/v1/namespaces/{ns}/secrets", """{"metadata":{"name":"late"}}""")).ShouldFail(403, "Forbidden");

        await api.MergeAsync($"/api/v1/namespaces/{ns}/configmaps/waits", """{"metadata":{"finalizers":null}}""");
        await Eventually.Async(async () => (await api.GetAsync($"/api/v1/namespaces/{ns}")).ShouldFail(404, "NotFound"));
    }

    [Fact]
    public async Task Unknown_fields_are_refused_told_or_dropped_as_asked()
    {
        var url = await ConfigMapsAsync();
        const string body = """{"metadata":{"name":"NAME"},"datas":{"k":"v"}}""";
        (await api.PostAsync($"{url}?fieldValidation=Strict", body.Replace("NAME", "a"))).ShouldFail(400, "BadRequest")["message"]!.ToString()
            .ShouldContain("unknown field \"datas\"");
        var told = await api.PostAsync($"{url}?fieldValidation=Warn", body.Replace("NAME", "b"));
        told.Ok(HttpStatusCode.Created)["datas"].ShouldBeNull();
        told.Warnings.ShouldHaveSingleItem().ShouldContain("unknown field \\\"datas\\\"");
        var silent = await api.PostAsync($"{url}?fieldValidation=Ignore", body.Replace("NAME", "c"));
        silent.Ok(HttpStatusCode.Created)["datas"].ShouldBeNull();
        silent.Warnings.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_deletion_with_preconditions_deletes_only_that_object()
    {
        var url = await ConfigMapsAsync("a");
        var read = (await api.GetAsync($"{url}/a")).Ok();
        (await api.DeleteAsync($"{url}/a", """{"preconditions":{"uid":"00000000-0000-0000-0000-000000000000"}}""")).ShouldFail(409, "Conflict");
        (await api.DeleteAsync($"{url}/a", """{"preconditions":{"resourceVersion":"1"}}""")).ShouldFail(409, "Conflict");
        (await api.DeleteAsync(
            $"{url}/a", $$$"""{"preconditions":{"uid":"{{{read["metadata"]!["uid"]}}}","resourceVersion":"{{{read["metadata"]!["resourceVersion"]}}}"}}""")).Ok();
    }

    [Fact]
    public async Task A_collection_is_deleted_by_selector()
    {
        var url = await ConfigMapsAsync("a", "b", "c");
        await api.MergeAsync($"{url}/b", """{"metadata":{"labels":{"keep":"yes"}}}""");
        (await api.DeleteAsync($"{url}?labelSelector=keep%21%3Dyes")).Ok();
        (await api.GetAsync(url)).Names.ShouldContain("b");
        (await api.GetAsync(url)).Names.ShouldNotContain("a");
    }

    private async Task<string> ConfigMapsAsync(params string[] names)
    {
        var url = $"/api/v1/namespaces/{await api.NamespaceAsync()}/configmaps";
        foreach (var name in names)
        {
            (await api.PostAsync(url, $$$"""{"metadata":{"name":"{{{name}}}"}}""")).Ok(HttpStatusCode.Created);
        }

        return url;
    }
}
