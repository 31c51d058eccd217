using AeroGrid.Operator.Apps.Children;
using AeroGrid.Operator.Tenants.Children;
using AeroGrid.Operator.Tests.Fixtures;
using AeroGrid.TestKit;

using System.Net;
using System.Net.Http.Headers;
using System.Text;

using AeroGrid.ControllerRuntime.Client;

using k8s;
using k8s.Models;

namespace AeroGrid.Operator.Tests.Istio;

/// <summary>
/// Every Istio object that the operator writes is taken by Istio's own CRDs, strictly: what works with our CRDs of the same kinds works on a
/// cluster with Istio. The file is large and not ours, so it is not in the repository.
/// </summary>
public sealed class RealIstioTests
{
    private static readonly string File = Path.GetFullPath(Path.Combine(Tools.RepositoryRoot, "..", "shared", "istio", "crd-all.gen.yaml"));

    private static readonly string[] Kinds =
    [
        "gateways.networking.istio.io", "virtualservices.networking.istio.io", "requestauthentications.security.istio.io",
        "authorizationpolicies.security.istio.io", "peerauthentications.security.istio.io",
    ];

    [Fact]
    public async Task Istio_takes_every_object_that_is_written()
    {
        Assert.SkipUnless(System.IO.File.Exists(File), "../shared/istio/crd-all.gen.yaml is not there");
        await using var server = await TestApiServer.StartAsync();
        foreach (var document in (await System.IO.File.ReadAllTextAsync(File)).Split("\n---"))
        {
            if (Kinds.Any(kind => document.Contains($"\n  name: {kind}\n", StringComparison.Ordinal)))
                await YamlObjects.CreateAsync(server.Http, document);
        }

        var app = Some.Run();
        var tenant = Some.TenantRun();
        await PostAsync(server, AppRoute.Create(app, Some.Options.Gateway));
        await PostAsync(server, PublicAccess.Create(app));
        await PostAsync(server, TenantAccess.Tokens(tenant, Some.Options));
        await PostAsync(server, TenantAccess.DenyByDefault(tenant));
        await PostAsync(server, TenantAccess.Members(tenant, Some.Options));
        await PostAsync(server, TenantNetwork.StrictMutualTls(tenant));
        var gateway = Api.Manifests.System.Single(manifest => manifest.Yaml.Contains("kind: Gateway", StringComparison.Ordinal)).Yaml;
        await PostAsync(server, "gateways", "networking.istio.io/v1", gateway.Replace("aerogrid-system", "demo", StringComparison.Ordinal), "application/yaml");
    }

    private static Task PostAsync<T>(TestApiServer server, T obj)
        where T : IKubernetesObject<V1ObjectMeta>
    {
        var type = ResourceTypes.Of<T>();
        return PostAsync(server, type.Plural, type.ApiVersion, System.Text.Json.JsonSerializer.Serialize(obj, ResourceSerializer.Options), "application/json");
    }

    private static async Task PostAsync(TestApiServer server, string plural, string apiVersion, string body, string mediaType)
    {
        await YamlObjects.CreateAsync(server.Http, "apiVersion: v1\nkind: Namespace\nmetadata: { name: demo }\n");
        using var content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue(mediaType));
        using var response = await server.Http.PostAsync(
            new Uri($"/apis/{apiVersion}/namespaces/demo/{plural}?fieldValidation=Strict", UriKind.Relative), content);
        response.StatusCode.ShouldBe(HttpStatusCode.Created, await response.Content.ReadAsStringAsync());
    }
}
