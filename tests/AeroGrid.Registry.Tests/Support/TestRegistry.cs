using System.Net.Http.Headers;
using System.Text;
using AeroGrid.Oci.Distribution;
using AeroGrid.Oci.References;
using AeroGrid.Registry.Collection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AeroGrid.Registry.Tests.Support;

/// <summary>The registry on a free port of loopback, over a folder of its own.</summary>
internal sealed class TestRegistry : IAsyncDisposable
{
    public const string Name = "registry.aerogrid.local";
    public static readonly RegistryUser Pusher = new("pusher", "push-password-1234", MayPush: true);
    public static readonly RegistryUser Puller = new("puller", "pull-password-1234", MayPush: false);

    /// <summary>The credential of <see cref="Pusher"/>.</summary>
    public static readonly AuthenticationHeaderValue Authorization =
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Pusher.Name}:{Pusher.Password}")));

    private readonly Func<RegistryOptions, RegistryOptions> configure;
    private readonly RequestDelegate? before;
    private readonly bool ownsFolder;
    private WebApplication app = null!;

    private TestRegistry(string folder, bool ownsFolder, Func<RegistryOptions, RegistryOptions> configure, RequestDelegate? before)
    {
        Folder = folder;
        this.ownsFolder = ownsFolder;
        this.configure = configure;
        this.before = before;
    }

    public string Folder { get; }

    public Uri Address { get; private set; } = null!;

    /// <summary>As user that may push, resolving <see cref="Name"/>.</summary>
    public RegistryClient Client { get; private set; } = null!;

    /// <summary>For requests which no proper client sends.</summary>
    public HttpClient Http { get; private set; } = null!;

    public GarbageCollector Garbage => app.Services.GetRequiredService<GarbageCollector>();

    /// <param name="configure">Changes the options.</param>
    /// <param name="folder">Where the images are; default a folder that ends with the registry.</param>
    /// <param name="before">Sees each request first; one that it answered, or aborted, does not reach the registry.</param>
    public static async Task<TestRegistry> StartAsync(
        Func<RegistryOptions, RegistryOptions>? configure = null, string? folder = null, RequestDelegate? before = null)
    {
        var registry = new TestRegistry(folder ?? Directory.CreateTempSubdirectory("aerogrid-registry-").FullName, folder is null, configure ?? (o => o), before);
        await registry.RunAsync();
        return registry;
    }

    public static RepositoryName Repository(string path) => new(Name, path);

    public static ImageReference Reference(string text) => ImageReference.Parse($"{Name}/{text}");

    public RegistryClient CreateClient(RegistryUser? user, Func<RegistryClientOptions, RegistryClientOptions>? change = null)
    {
        var options = new RegistryClientOptions
        {
            Endpoints = new Dictionary<string, Uri> { [Name] = Address },
            Credentials = user is null ? [] : new Dictionary<string, RegistryCredential> { [Name] = new(user.Name, user.Password) },
            RetryDelay = TimeSpan.FromMilliseconds(5),
        };
        return new RegistryClient(change?.Invoke(options) ?? options);
    }

    /// <summary>Ends this registry and starts one over the same folder.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await RunAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (ownsFolder)
            Directory.Delete(Folder, recursive: true);
    }

    private async Task StopAsync()
    {
        Client.Dispose();
        Http.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
    }

    private async Task RunAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddRegistry(configure(new RegistryOptions { Folder = Folder, Users = [Pusher, Puller] }));
        app = builder.Build();
        if (before is not null)
        {
            app.Use(async (context, next) =>
            {
                await before(context);
                if (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested && context.Response.StatusCode == StatusCodes.Status200OK)
                    await next(context);
            });
        }

        app.UseRouting();
        app.MapRegistry();
        await app.StartAsync();
        Address = new Uri(app.Urls.Single());
        Client = CreateClient(Pusher);
        Http = new HttpClient(new SocketsHttpHandler()) { BaseAddress = Address, DefaultRequestHeaders = { Authorization = Authorization } };
    }
}
