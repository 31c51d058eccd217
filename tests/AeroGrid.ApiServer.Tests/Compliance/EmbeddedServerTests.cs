namespace AeroGrid.ApiServer.Tests.Compliance;

/// <summary>The suite against our server.</summary>
public sealed class EmbeddedServerTests(ApiServerFixture api) : ApiServerCompliance(api), IClassFixture<ApiServerFixture>
{
    protected override Task CompactAsync() => api.Server.CompactAsync();
}
