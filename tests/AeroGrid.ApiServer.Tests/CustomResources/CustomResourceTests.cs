using AeroGrid.TestKit;

namespace AeroGrid.ApiServer.Tests.CustomResources;

/// <summary>The life of custom resources over HTTP: defined, used at once, changed, removed.</summary>
public sealed class CustomResourceTests(ApiServerFixture api) : IClassFixture<ApiServerFixture>
{
    [Fact]
    public async Task A_definition_serves_its_kind_as_soon_as_it_is_created()
    {
        var crd = (await api.PostAsync(Definitions, Crd("boats", "Boat"))).Ok(System.Net.HttpStatusCode.Created);
        crd["status"]!["conditions"]!.AsArray().Select(c => $"{c!["type"]}={c["status"]}").ShouldBe(["NamesAccepted=True", "Established=True"]);
        crd["status"]!["storedVersions"]!.ToJsonString().ShouldBe("""["v2"]""");

        var url = $"/apis/sea.example/v1/namespaces/{await api.NamespaceAsync()}/boats";
        var boat = (await api.PostAsync(url, """{"metadata":{"name":"b"},"spec":{"sails":2,"color":null}}""")).Ok(System.Net.HttpStatusCode.Created);
        boat["spec"]!.ToJsonString().ShouldBe("""{"sails":2,"kind":"sloop"}""");
        boat["metadata"]!["generation"]!.GetValue<int>().ShouldBe(1);

        // The other version of the same object.
        var read = (await api.GetAsync(url.Replace("/v1/", "/v2/", StringComparison.Ordinal) + "/b")).Ok();
        ((string?)read["apiVersion"]).ShouldBe("sea.example/v2");
    }

    [Fact]
    public async Task Violations_of_schema_and_rules_are_told_together_with_their_paths()
    {
        (await api.PostAsync(Definitions, Crd("rafts", "Raft"))).Ok(System.Net.HttpStatusCode.Created);
        var url = $"/apis/sea.example/v2/namespaces/{await api.NamespaceAsync()}/rafts";
        var status = (await api.PostAsync(url, """{"metadata":{"name":"b"},"spec":{"sails":-1,"kind":"u-boat"}}""")).ShouldFail(422, "Invalid");
        status["details"]!["causes"]!.AsArray().Select(c => (string?)c!["field"]).ShouldBe(["spec.kind", "spec.sails"], ignoreOrder: true);

        status = (await api.PostAsync(url, """{"metadata":{"name":"b"},"spec":{"sails":9}}""")).ShouldFail(422, "Invalid");
        ((string?)status["message"]).ShouldBe("Raft.sea.example \"b\" is invalid: spec: Invalid value: \"object\": a sloop has at most 4 sails");

        status = (await api.PostAsync(url + "?fieldValidation=Strict", """{"metadata":{"name":"b"},"spec":{"sail":1}}""")).ShouldFail(400, "BadRequest");
        ((string)status["message"]!).ShouldContain("unknown field \"spec.sail\"");
    }

    [Fact]
    public async Task Status_and_scale_are_written_apart()
    {
        (await api.PostAsync(Definitions, Crd("fleets", "Fleet"))).Ok(System.Net.HttpStatusCode.Created);
        var url = $"/apis/sea.example/v2/namespaces/{await api.NamespaceAsync()}/fleets";
        var created = (await api.PostAsync(url, """{"metadata":{"name":"f"},"spec":{"sails":1},"status":{"sails":7}}""")).Ok(System.Net.HttpStatusCode.Created);
        created.AsObject().ContainsKey("status").ShouldBeFalse();
        var written = (await api.PatchAsync($"{url}/f/status", "application/merge-patch+json", """{"spec":{"sails":3},"status":{"sails":7}}""")).Ok();
        written["spec"]!["sails"]!.GetValue<int>().ShouldBe(1);
        written["status"]!["sails"]!.GetValue<int>().ShouldBe(7);
        written["metadata"]!["generation"]!.GetValue<int>().ShouldBe(1);

        var scale = (await api.PatchAsync($"{url}/f/scale", "application/merge-patch+json", """{"spec":{"replicas":4}}""")).Ok();
        scale["status"]!["replicas"]!.GetValue<int>().ShouldBe(7);
        (await api.GetAsync($"{url}/f")).Ok()["spec"]!["sails"]!.GetValue<int>().ShouldBe(4);
    }

    [Fact]
    public async Task A_name_that_is_taken_waits_until_it_is_free()
    {
        (await api.PostAsync(Definitions, Crd("buoys", "Buoy", "bu"))).Ok(System.Net.HttpStatusCode.Created);
        var second = (await api.PostAsync(Definitions, Crd("bulwarks", "Bulwark", "bu"))).Ok(System.Net.HttpStatusCode.Created);
        second["status"]!["conditions"]![0]!["message"]!.GetValue<string>().ShouldBe("\"bu\" is already in use");
        (await api.GetAsync("/apis/sea.example/v2/bulwarks")).ShouldFail(404, "NotFound");

        (await api.DeleteAsync($"{Definitions}/buoys.sea.example")).Ok();
        await Eventually.Async(async () => (await api.GetAsync("/apis/sea.example/v2/bulwarks")).Ok());
    }

    [Fact]
    public async Task Deleting_a_definition_deletes_its_objects()
    {
        (await api.PostAsync(Definitions, Crd("wrecks", "Wreck"))).Ok(System.Net.HttpStatusCode.Created);
        var url = $"/apis/sea.example/v2/namespaces/{await api.NamespaceAsync()}/wrecks";
        (await api.PostAsync(url, """{"metadata":{"name":"w","finalizers":["sea.example/salvage"]},"spec":{}}""")).Ok(System.Net.HttpStatusCode.Created);
        (await api.DeleteAsync($"{Definitions}/wrecks.sea.example")).Ok();
        await Eventually.Async(async () => (await api.GetAsync($"{url}/w")).Ok()["metadata"]!["deletionTimestamp"].ShouldNotBeNull());
        (await api.PostAsync(url, """{"metadata":{"name":"late"},"spec":{}}""")).ShouldFail(405, "MethodNotAllowed");

        (await api.PatchAsync($"{url}/w", "application/merge-patch+json", """{"metadata":{"finalizers":null}}""")).Ok();
        await Eventually.Async(async () => (await api.GetAsync($"{Definitions}/wrecks.sea.example")).ShouldFail(404, "NotFound"));
        (await api.GetAsync(url)).ShouldFail(404, "NotFound");

        // The same definition begins empty.
        (await api.PostAsync(Definitions, Crd("wrecks", "Wreck"))).Ok(System.Net.HttpStatusCode.Created);
        (await api.GetAsync(url)).Ok()["items"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task Definitions_survive_a_restart()
    {
        await using var server = await TestApiServer.StartAsync();
        using var content = new StringContent(Crd("ships", "Ship"), System.Text.Encoding.UTF8, "application/json");
        (await server.Http.PostAsync(Definitions, content)).EnsureSuccessStatusCode();
        await server.RestartAsync();
        (await server.Http.GetAsync("/apis/sea.example/v2/ships")).EnsureSuccessStatusCode();
    }

    [Theory]
    [InlineData("\"scope\":\"Namespaced\"", "\"scope\":\"Everywhere\"", "spec.scope")]
    [InlineData("\"plural\":\"junks\"", "\"plural\":\"junk\"", "metadata.name")]
    [InlineData("\"storage\":true", "\"storage\":false", "spec.versions")]
    [InlineData("\".status.sails\"", "\".spec.sails\"", "spec.versions[0].subresources.scale.statusReplicasPath")]
    [InlineData("size(self.kind) > 0", "self.kind.foo()", "spec.versions[0].schema.openAPIV3Schema.properties[spec].x-kubernetes-validations[1].rule")]
    [InlineData("\"jsonPath\":\".spec.kind\"", "\"jsonPath\":\"spec.kind\"", "spec.versions[0].additionalPrinterColumns[0].jsonPath")]
    public async Task Definitions_that_cannot_be_served_are_refused(string text, string replacement, string field)
    {
        var crd = Crd("junks", "Junk");
        crd.ShouldContain(text);
        var status = (await api.PostAsync(Definitions, crd.Replace(text, replacement, StringComparison.Ordinal))).ShouldFail(422, "Invalid");
        status["details"]!["causes"]!.AsArray().Select(c => (string?)c!["field"]).ShouldContain(field);
    }

    private const string Definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

    private static string Crd(string plural, string kind, string? shortName = null)
    {
        const string version = """
            {"name":"NAME","served":true,"storage":STORAGE,
             "additionalPrinterColumns":[{"name":"Kind","type":"string","jsonPath":".spec.kind"}],
             "subresources":{"status":{},"scale":{"specReplicasPath":".spec.sails","statusReplicasPath":".status.sails"}},
             "schema":{"openAPIV3Schema":{"type":"object","properties":{
               "spec":{"type":"object",
                 "x-kubernetes-validations":[
                   {"rule":"self.kind != 'sloop' || !has(self.sails) || self.sails <= 4","message":"a sloop has at most 4 sails"},
                   {"rule":"size(self.kind) > 0"}],
                 "properties":{
                   "sails":{"type":"integer","minimum":0},"color":{"type":"string"},
                   "kind":{"type":"string","enum":["sloop","barque"],"default":"sloop"}}},
               "status":{"type":"object","properties":{"sails":{"type":"integer"}}}}}}}
            """;
        var shortNames = shortName is null ? "[]" : $"[\"{shortName}\"]";
        return """
            {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"PLURAL.sea.example"},
             "spec":{"group":"sea.example","scope":"Namespaced","names":{"plural":"PLURAL","kind":"KIND","shortNames":SHORT},"versions":[VERSIONS]}}
            """
            .Replace("VERSIONS", $"{Version("v1", "false")},{Version("v2", "true")}", StringComparison.Ordinal)
            .Replace("PLURAL", plural, StringComparison.Ordinal).Replace("KIND", kind, StringComparison.Ordinal).Replace("SHORT", shortNames, StringComparison.Ordinal);

        static string Version(string name, string storage) =>
            version.Replace("NAME", name, StringComparison.Ordinal).Replace("STORAGE", storage, StringComparison.Ordinal);
    }
}
