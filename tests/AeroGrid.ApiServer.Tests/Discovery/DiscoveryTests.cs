using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Discovery;

namespace AeroGrid.ApiServer.Tests.Discovery;

/// <summary>Discovery and OpenAPI over HTTP.</summary>
public sealed class DiscoveryTests(ApiServerFixture api) : IClassFixture<ApiServerFixture>
{
    [Theory]
    [InlineData("v2")]
    [InlineData("v2beta1")]
    public async Task Aggregated_discovery_is_served_to_those_who_ask_for_it(string version)
    {
        var mediaType = $"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList";
        using var response = await GetAsync("/apis", mediaType + ",application/json");
        response.Content.Headers.GetValues("Content-Type").Single().Replace(" ", "", StringComparison.Ordinal).ShouldBe(mediaType);
        var document = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        ((string?)document["apiVersion"]).ShouldBe($"apidiscovery.k8s.io/{version}");
        var apps = document["items"]!.AsArray().Single(i => (string?)i!["metadata"]!["name"] == "apps")!["versions"]![0]!;
        var deployments = apps["resources"]!.AsArray().Single(r => (string?)r!["resource"] == "deployments")!;
        ((string?)deployments["scope"]).ShouldBe("Namespaced");
        deployments["subresources"]!.AsArray().Select(s => (string?)s!["subresource"]).ShouldBe(["scale", "status"]);

        using var again = await GetAsync("/apis", mediaType, response.Headers.ETag);
        again.StatusCode.ShouldBe(HttpStatusCode.NotModified);
    }

    [Fact]
    public async Task Plain_discovery_lists_subresources()
    {
        var document = (await api.GetAsync("/api/v1")).Ok();
        ((string?)document["kind"]).ShouldBe("APIResourceList");
        string[] some = ["pods", "pods/log", "pods/eviction", "pods/status", "namespaces/finalize"];
        some.ShouldBeSubsetOf(document["resources"]!.AsArray().Select(r => (string)r!["name"]!));
        ((string?)(await api.GetAsync("/apis/apps")).Ok()["preferredVersion"]!["groupVersion"]).ShouldBe("apps/v1");
        (await api.GetAsync("/apis/nothing.example")).ShouldFail(404, "NotFound");
    }

    [Fact]
    public async Task OpenApi_3_addresses_name_the_content()
    {
        var index = (await api.GetAsync("/openapi/v3")).Ok();
        var url = (string)index["paths"]!["apis/apps/v1"]!["serverRelativeURL"]!;
        using var response = await GetAsync(url, "application/json");
        response.Headers.CacheControl!.Public.ShouldBeTrue();
        var document = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        ((string?)document["openapi"]).ShouldBe("3.0.0");
        AllReferencesResolve(document, "#/components/schemas/", document["components"]!["schemas"]!.AsObject());

        using var stale = await GetAsync("/openapi/v3/apis/apps/v1?hash=OLD", "application/json");
        stale.RequestMessage!.RequestUri!.PathAndQuery.ShouldBe(url);
    }

    [Fact]
    public async Task OpenApi_2_holds_everything_as_json()
    {
        var document = (await api.GetAsync("/openapi/v2")).Ok();
        ((string?)document["swagger"]).ShouldBe("2.0");
        AllReferencesResolve(document, "#/definitions/", document["definitions"]!.AsObject());
        using var protobuf = await GetAsync("/openapi/v2", "application/com.github.proto-openapi.spec.v2@v1.0+protobuf");
        protobuf.StatusCode.ShouldBe(HttpStatusCode.NotAcceptable);
    }

    [Fact]
    public void Versions_are_ordered_by_stability_then_number() =>
        new[] { "v1beta1", "foo10", "v2", "v11alpha2", "v1", "v10", "v3beta1" }.Order(VersionOrder.Preferred)
            .ShouldBe(["v10", "v2", "v1", "v3beta1", "v1beta1", "v11alpha2", "foo10"]);

    private static void AllReferencesResolve(JsonNode? node, string prefix, JsonObject definitions)
    {
        switch (node)
        {
            case JsonObject obj:
                foreach (var (name, child) in obj)
                {
                    if (name == "$ref" && child is JsonValue)
                    {
                        definitions.ContainsKey(((string)child!)[prefix.Length..]).ShouldBeTrue((string)child!);
                    }

                    AllReferencesResolve(child, prefix, definitions);
                }

                break;
            case JsonArray array:
                foreach (var child in array)
                {
                    AllReferencesResolve(child, prefix, definitions);
                }

                break;
        }
    }

    private Task<HttpResponseMessage> GetAsync(string url, string accept, EntityTagHeaderValue? tag = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        if (tag is not null)
        {
            request.Headers.IfNoneMatch.Add(tag);
        }

        return api.Http.SendAsync(request);
    }
}
