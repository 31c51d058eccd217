using AeroGrid.Identity.Clients;
using AeroGrid.Identity.Files;
using AeroGrid.Identity.Grants;
using AeroGrid.Identity.Keys;
using AeroGrid.Identity.Pages;
using AeroGrid.Identity.Users;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenIddict.Server;

namespace AeroGrid.Identity.Hosting;

/// <summary>
/// The issuer as a request pipeline with services of its own. The platform is one process on one listener; authentication schemes, cookies and
/// data protection of the issuer must not act on requests to the API. It is put together at the first request. Thread-safe.
/// </summary>
internal sealed partial class IdentityPipeline : IAsyncDisposable
{
    private readonly IdentityOptions _options;
    private readonly UserStore _users;
    private readonly KeyStore _keys;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly Lazy<Task<Built>> _built;

    public IdentityPipeline(IdentityOptions options, UserStore users, KeyStore keys, ILoggerFactory loggers)
    {
        _options = options;
        _users = users;
        _keys = keys;
        _loggers = loggers;
        _logger = loggers.CreateLogger<IdentityPipeline>();
        _built = new Lazy<Task<Built>>(BuildAsync);
    }

    /// <summary>Makes keys and secret where they are missing, and reads the users: damaged files are told at the start.</summary>
    /// <exception cref="IdentityException">A file is damaged.</exception>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        PrivateFile.CreateFolder(_options.Folder);
        await _keys.EnsureAsync(cancellationToken);
        _ = _keys.Current;
        _ = _users.List();
        await LocalClient.EnsureSecretAsync(_options.Folder, cancellationToken);
    }

    /// <summary>Answers one request beneath the issuer's path.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        var (services, pathBase, path, endpoint) = (context.RequestServices, context.Request.PathBase, context.Request.Path, context.GetEndpoint());
        try
        {
            var built = await _built.Value;
            // Another process may have rotated the keys.
            _ = _keys.Current;
            await using var scope = built.Services.CreateAsyncScope();
            context.RequestServices = scope.ServiceProvider;
            context.SetEndpoint(null);
            context.Request.Path.StartsWithSegments(_options.Issuer.AbsolutePath, StringComparison.Ordinal, out var matched, out var rest);
            context.Request.PathBase = pathBase.Add(matched);
            context.Request.Path = rest;
            await built.Handler(context);
        }
        catch (IdentityException e) when (!context.Response.HasStarted)
        {
            Log.Unusable(_logger, e);
            context.Response.Clear();
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            await context.Response.WriteAsync(e.Message, context.RequestAborted);
        }
        finally
        {
            context.RequestServices = services;
            context.Request.PathBase = pathBase;
            context.Request.Path = path;
            context.SetEndpoint(endpoint);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_built is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
        {
            await (await _built.Value).Services.DisposeAsync();
        }
    }

    private async Task<Built> BuildAsync()
    {
        await PrepareAsync(CancellationToken.None);
        var services = new ServiceCollection();
        services.AddSingleton(_loggers);
        services.AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        services.AddSingleton(_options);
        services.AddSingleton(_users);
        services.AddSingleton(new ClientRegistry(_options, await LocalClient.EnsureSecretAsync(_options.Folder, CancellationToken.None)));
        services.AddSingleton<GrantStore>();
        services.AddSingleton(new DeviceCodes(_options.TimeProvider));
        services.AddSingleton(new PasswordAttempts(_options.TimeProvider));
        services.AddServer(_options, _keys);

        // Sessions and antiforgery tokens outlive a restart.
        services.AddDataProtection()
            .SetApplicationName("aerogrid-identity")
            .PersistKeysToFileSystem(new DirectoryInfo(Path.Combine(_options.Folder, "protection")));
        Session.AddTo(services, _options);
        FormGuard.AddTo(services, _options);
        services.AddSingleton<Session>().AddSingleton<FormGuard>().AddSingleton<ReturnUrl>();
        services.AddSingleton<LoginPage>().AddSingleton<AuthorizePage>().AddSingleton<DevicePage>().AddSingleton<EndSessionPage>();
        services.AddSingleton<UserInfo>().AddSingleton<PageRouter>();

        var provider = services.BuildServiceProvider();
        _keys.OnChanged = () => provider.GetRequiredService<IOptionsMonitorCache<OpenIddictServerOptions>>().Clear();
        var app = new ApplicationBuilder(provider);
        app.UseAuthentication();
        app.Run(provider.GetRequiredService<PageRouter>().ServeAsync);
        return new Built(provider, app.Build());
    }

    private sealed record Built(ServiceProvider Services, RequestDelegate Handler);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The issuer cannot answer")]
        public static partial void Unusable(ILogger logger, Exception exception);
    }
}
