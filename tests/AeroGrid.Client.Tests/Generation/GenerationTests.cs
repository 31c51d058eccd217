using System.Text.Json.Nodes;
using AeroGrid.TestKit;

namespace AeroGrid.Client.Tests.Generation;

/// <summary>The committed document and code are what a running API server says with our resource definitions.</summary>
public sealed class GenerationTests
{
    private const string Generated = "clients/dotnet/AeroGrid.Client/Resources/Generated";

    [Fact]
    public async Task The_typed_clients_are_what_the_API_server_says()
    {
        await using var server = await TestApiServer.StartAsync(new TestApiServerOptions
        {
            CustomResourceDefinitions = [.. Directory.GetFiles(Path.Combine(Tools.RepositoryRoot, "deploy/crds"), "aerogrid.io_*.yaml")],
        });

        var document = OpenApiFilter.Apply(await server.Http.GetStringAsync(new Uri("/openapi/v3/apis/aerogrid.io/v1alpha1", UriKind.Relative), TestContext.Current.CancellationToken));
        Golden.Matches(document, "clients/dotnet/openapi.json");

        var parsed = JsonNode.Parse(document)!.AsObject();
        Golden.Matches(ModelWriter.Write(new ModelReader(parsed)), $"{Generated}/Models.g.cs");
        Golden.Matches(ClientWriter.Write(parsed), $"{Generated}/Clients.g.cs");
    }
}
