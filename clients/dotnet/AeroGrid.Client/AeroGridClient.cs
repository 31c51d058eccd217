using AeroGrid.Client.Errors;
using AeroGrid.Client.Grids;
using AeroGrid.Client.Http;
using AeroGrid.Client.Resources;

namespace AeroGrid.Client;

/// <summary>
/// A platform: its resources, its apps and their grids. One client is enough for a program; it is thread-safe and shares connections between all
/// that is made of it.
/// </summary>
public sealed class AeroGridClient : IDisposable
{
    private readonly AeroGridClientOptions _options;
    private readonly HttpMessageHandler _handler;
    private readonly HttpMessageInvoker _http;

    /// <summary>Creates a client. Nothing is sent yet.</summary>
    public AeroGridClient(AeroGridClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _handler = options.HttpHandler ?? new SocketsHttpHandler
        {
            // A server answers a hundred or so requests at a time on one HTTP/2 connection; each subscription is one that does not end.
            EnableMultipleHttp2Connections = true,
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2),
            ConnectTimeout = TimeSpan.FromSeconds(10),
        };
        _http = new HttpMessageInvoker(_handler, disposeHandler: false);
        var connection = new ApiConnection(_http, options.ApiUrl, options.Tokens, options.TimeProvider);
        Apps = new AppsClient(connection);
        Images = new ImagesClient(connection);
        Tenants = new TenantsClient(connection);
        Runtimes = new RuntimesClient(connection);
    }

    /// <summary>Apps: what people write, and how far it is.</summary>
    public AppsClient Apps { get; }

    /// <summary>Images: saved versions of apps, as they are built.</summary>
    public ImagesClient Images { get; }

    /// <summary>Tenants: who may do what.</summary>
    public TenantsClient Tenants { get; }

    /// <summary>Runtimes: the kinds of apps there are.</summary>
    public RuntimesClient Runtimes { get; }

    /// <inheritdoc cref="TenantResourceClient{T, TList}.WatchAsync"/>
    public IAsyncEnumerable<ResourceChange<App>> WatchAppsAsync(string? tenant, CancellationToken cancellationToken = default) =>
        Apps.WatchAsync(tenant, null, cancellationToken);

    /// <summary>The grids of an app, whose address is looked up by the API whenever a connection is made.</summary>
    public GridClient Grids(string tenant, string app)
    {
        ArgumentException.ThrowIfNullOrEmpty(tenant);
        ArgumentException.ThrowIfNullOrEmpty(app);
        return new GridClient(Connector($"app {app} of tenant {tenant}", async cancellationToken =>
        {
            var found = await Apps.FindAsync(tenant, app, cancellationToken).ConfigureAwait(false)
                ?? throw new NotFoundException($"there is no app {app} in tenant {tenant}");
            return AddressOf(found);
        }));
    }

    /// <summary>The grids of an app.</summary>
    public GridClient Grids(App app)
    {
        ArgumentNullException.ThrowIfNull(app);
        return Grids(app.Tenant, app.Name);
    }

    /// <summary>The grids of an app whose address is known, for example <c>http://localhost:8080/apps/demo/ordersapp/</c>. The API is not asked.</summary>
    public GridClient Grids(Uri appUrl)
    {
        ArgumentNullException.ThrowIfNull(appUrl);
        return new GridClient(Connector(appUrl.ToString(), _ => ValueTask.FromResult(appUrl)));
    }

    /// <inheritdoc cref="GridClient.SubscribeAsync"/>
    /// <param name="tenant">The app's tenant.</param>
    /// <param name="app">The app.</param>
    /// <param name="grid">The grid's name.</param>
    /// <param name="options">Which columns and rows, and how often.</param>
    /// <param name="cancellationToken">Ends the subscription.</param>
    public IAsyncEnumerable<GridChange> SubscribeAsync(
        string tenant, string app, string grid, GridOptions? options = null, CancellationToken cancellationToken = default) =>
        Grids(tenant, app).SubscribeAsync(grid, options, cancellationToken);

    /// <summary>Closes all connections, unless their handler was given.</summary>
    public void Dispose()
    {
        _http.Dispose();
        if (_options.HttpHandler is null)
        {
            _handler.Dispose();
        }
    }

    private GridConnector Connector(string name, Func<CancellationToken, ValueTask<Uri>> resolve) =>
        new(resolve, name, _handler, _options.AppTokens ?? _options.Tokens, _options.Transport, _options.TimeProvider);

    private static Uri AddressOf(App app) => app switch
    {
        { Spec.State: AppState.Stopped } => throw new AppNotReadyException($"app {app.Name} of tenant {app.Tenant} is stopped; start it with `aerogrid start {app.Name}`"),
        { Url: { } url, IsServing: true } => url,
        _ => throw new AppNotReadyException($"app {app.Name} of tenant {app.Tenant} does not serve: {app.Phase}{(app.Message.Length > 0 ? ", " + app.Message : "")}; see `aerogrid logs {app.Name}`"),
    };
}
