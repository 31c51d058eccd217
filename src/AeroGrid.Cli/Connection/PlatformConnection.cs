using System.CommandLine;
using System.Net.Http.Headers;
using AeroGrid.Cli.Commands;
using AeroGrid.ControllerRuntime.Client;
using k8s;

namespace AeroGrid.Cli.Connection;

/// <summary>A connection of one command to one platform. Disposing it closes the connection.</summary>
internal sealed class PlatformConnection : IDisposable
{
    private PlatformConnection(Uri address, string token, string dataFolder, PlatformFile? platform, string tenant)
    {
        Address = address;
        DataFolder = dataFolder;
        Platform = platform;
        Tenant = tenant;
        Token = token;
        // Log streams of quiet apps stay open for days; the client's own requests have their own limit.
        Http = new HttpClient(new SocketsHttpHandler()) { BaseAddress = address, Timeout = System.Threading.Timeout.InfiniteTimeSpan };
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        Http.DefaultRequestHeaders.UserAgent.ParseAdd($"aerogrid-cli/{VersionCommand.Current}");
        Client = ResourceClient.Create(Http, new ResourceClientOptions { UserAgent = $"aerogrid-cli/{VersionCommand.Current}" });
    }

    /// <summary>The API server.</summary>
    public Uri Address { get; }

    /// <summary>The data folder, whether or not a platform runs on it.</summary>
    public string DataFolder { get; }

    /// <summary>What the running platform told about itself; null with <c>--server</c>.</summary>
    public PlatformFile? Platform { get; }

    /// <summary>The tenant that the command is about.</summary>
    public string Tenant { get; }

    /// <summary>The token for the API.</summary>
    public string Token { get; }

    /// <summary>Typed access.</summary>
    public ResourceClient Client { get; }

    /// <summary>Access to what is not an object: log streams, raw lists.</summary>
    public HttpClient Http { get; }

    /// <summary>Connects as the options say. No request is made yet.</summary>
    /// <exception cref="CommandException">No platform runs on the data folder, or there is no token.</exception>
    public static PlatformConnection Open(ParseResult parsed, PlatformOptions options) =>
        Open(parsed.GetRequiredValue(options.Data), parsed.GetValue(options.Server), parsed.GetRequiredValue(options.Tenant));

    /// <inheritdoc cref="Open(ParseResult, PlatformOptions)"/>
    public static PlatformConnection Open(string dataFolder, string? server, string tenant)
    {
        dataFolder = Path.GetFullPath(dataFolder);
        if (server is not null)
        {
            if (!Uri.TryCreate(server, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            {
                throw new CommandException($"--server: '{server}' is not an address; write it as http://localhost:8000");
            }

            return new PlatformConnection(address, TokenFor(dataFolder), dataFolder, null, tenant);
        }

        PlatformFile? platform;
        try
        {
            platform = PlatformFile.Read(dataFolder);
        }
        catch (Exception e) when (e is InvalidDataException or UnauthorizedAccessException)
        {
            throw new CommandException(e.Message, e);
        }

        return platform is null
            ? throw new CommandException($"no platform runs on {dataFolder}; start one with `aerogrid up`, or name its folder with --data")
            : new PlatformConnection(platform.ApiUrl, TokenFor(dataFolder), dataFolder, platform, tenant);
    }

    /// <inheritdoc/>
    public void Dispose() => Client.Dispose();

    private static string TokenFor(string dataFolder)
    {
        if (Environment.GetEnvironmentVariable(PlatformOptions.TokenVariable) is { Length: > 0 } token)
        {
            return token;
        }

        var kubeconfig = Path.Combine(dataFolder, "kubeconfig");
        try
        {
            return KubernetesClientConfiguration.LoadKubeConfig(kubeconfig).Users.First().UserCredentials.Token;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(
                $"{kubeconfig} cannot be read ({e.Message}); name the platform's folder with --data, or set ${PlatformOptions.TokenVariable}", e);
        }
    }
}
