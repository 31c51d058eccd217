using AeroGrid.TestKit;

namespace AeroGrid.ApiServer.Tests;

/// <summary>One API server for the tests of a class.</summary>
public class ApiServerFixture : HttpApi, IAsyncLifetime
{
    public TestApiServer Server { get; private set; } = null!;

    public override HttpClient Http => Server.Http;

    public override Uri Address => Server.Address;

    protected virtual TestApiServerOptions Options => new();

    public async ValueTask InitializeAsync() => Server = await TestApiServer.StartAsync(Options);

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Server.DisposeAsync();
    }
}
