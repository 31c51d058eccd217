using System.Net;
using System.Security.Cryptography;
using System.Text;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace AeroGrid.Identity.Clients;

/// <summary>One client: what it may ask for. Immutable.</summary>
/// <param name="Id">client_id.</param>
/// <param name="DisplayName">Shown to people.</param>
/// <param name="GrantTypes">Grant types that it may use.</param>
/// <param name="Secret">Secret of a confidential client; null for a public one.</param>
/// <param name="AsksFirst">
/// Whether a person confirms every sign-in: a loopback redirect can be caught by any program of the machine (RFC 8252 section 8.6).
/// </param>
internal sealed record Client(string Id, string DisplayName, IReadOnlyList<string> GrantTypes, string? Secret, bool AsksFirst);

/// <summary>The clients of the platform; there are no others. Immutable, thread-safe.</summary>
internal sealed class ClientRegistry
{
    public const string CommandLineId = "aerogrid-cli";
    public const string ConsoleId = "aerogrid-console";

    /// <summary>Path of the command line's redirect URI; the port varies (RFC 8252 section 7.3).</summary>
    private const string LoopbackPath = "/callback";

    private readonly Dictionary<string, Client> _clients;
    private readonly HashSet<string> _consoleRedirects;

    public ClientRegistry(IdentityOptions options, string localSecret)
    {
        var origin = options.Issuer.GetLeftPart(UriPartial.Authority);
        _consoleRedirects = [.. options.ConsoleRedirectPaths.Select(path => origin + path)];
        _clients = new[]
        {
            new Client(
                CommandLineId, "AeroGrid command line", [GrantTypes.AuthorizationCode, GrantTypes.DeviceCode, GrantTypes.RefreshToken], null, AsksFirst: true),
            new Client(ConsoleId, "AeroGrid console", [GrantTypes.AuthorizationCode, GrantTypes.RefreshToken], null, AsksFirst: false),
            new Client(LocalClient.Id, "Owner of the data folder", [GrantTypes.TokenExchange], localSecret, AsksFirst: false),
        }.ToDictionary(c => c.Id);
    }

    public Client? Find(string? id) => id is null ? null : _clients.GetValueOrDefault(id);

    /// <summary>Whether codes, and people after signing out, may be sent there. Compared exactly, but for the port of a loopback address.</summary>
    public bool MayRedirect(Client client, string? uri) => client.Id switch
    {
        ConsoleId => uri is not null && _consoleRedirects.Contains(uri),
        CommandLineId => IsLoopback(uri),
        _ => false,
    };

    /// <summary>Whether the request shows the client's secret, or shows none where there is none. Takes the same time whatever is shown.</summary>
    public static bool IsAuthentic(Client client, OpenIddictRequest request) =>
        client.Secret is null
            ? string.IsNullOrEmpty(request.ClientSecret)
            : CryptographicOperations.FixedTimeEquals(Hash(client.Secret), Hash(request.ClientSecret ?? ""));

    private static bool IsLoopback(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && uri.Scheme == Uri.UriSchemeHttp
        && IPAddress.TryParse(uri.Host.Trim('[', ']'), out var address)
        && (address.Equals(IPAddress.Loopback) || address.Equals(IPAddress.IPv6Loopback))
        && uri.UserInfo.Length == 0
        && uri.PathAndQuery == LoopbackPath
        && uri.Fragment.Length == 0;

    private static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
