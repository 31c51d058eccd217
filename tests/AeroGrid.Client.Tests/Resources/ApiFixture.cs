using AeroGrid.ApiServer.Hosting;
using AeroGrid.Client.Resources;
using AeroGrid.Client.Tokens;
using AeroGrid.TestKit;

namespace AeroGrid.Client.Tests.Resources;

/// <summary>An API server with our resource definitions and a tenant's namespace, and a client of it.</summary>
public sealed class ApiFixture : IAsyncLifetime
{
    public TestApiServer Server { get; private set; } = null!;

    public AeroGridClient Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Server = await TestApiServer.StartAsync(new TestApiServerOptions
        {
            CustomResourceDefinitions = [.. Directory.GetFiles(Path.Combine(Tools.RepositoryRoot, "deploy/crds"), "aerogrid.io_*.yaml")],
            Tokens = [new StaticToken("nobody", "nobody", [])],
        });
        await YamlObjects.CreateAsync(Server.Http, "apiVersion: v1\nkind: Namespace\nmetadata: { name: demo }");
        Client = ClientWith(Server.AdminToken);
    }

    public AeroGridClient ClientWith(string token) => new(new() { ApiUrl = Server.Address, Tokens = new StaticTokenProvider(api: token) });

    public static App NewApp(string name) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "demo" },
        Spec = new AppSpec { Files = [new AppFile { Path = "app.py", Content = "print('hello')" }] },
    };

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Server.DisposeAsync();
    }
}
