using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using AeroGrid.Cli.Commands;
using AeroGrid.Identity.Clients;

namespace AeroGrid.Cli.Tokens;

/// <summary>Tokens for local users by RFC 8693 token exchange: whoever owns the data folder may act for its users.</summary>
/// <param name="issuer">The issuer's address.</param>
/// <param name="secret">Secret of <see cref="LocalClient"/>.</param>
internal sealed class TokenExchange(Uri issuer, string secret)
{
    /// <summary>A token for a user.</summary>
    /// <exception cref="CommandException">The issuer refuses: there is no such user, or the secret is of another platform.</exception>
    public async Task<ExchangedToken> ForUserAsync(string user, string audience, CancellationToken cancellationToken)
    {
        using var http = new HttpClient(new SocketsHttpHandler()) { Timeout = TimeSpan.FromSeconds(30) };
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "urn:ietf:params:oauth:grant-type:token-exchange",
            ["client_id"] = LocalClient.Id,
            ["client_secret"] = secret,
            ["subject_token"] = user,
            ["subject_token_type"] = LocalClient.UserNameTokenType,
            ["audience"] = audience,
        });
        using var response = await http.PostAsync(await TokenEndpointAsync(http, cancellationToken), form, cancellationToken);
        if (response.IsSuccessStatusCode)
        {
            return await response.Content.ReadFromJsonAsync(TokenJson.Default.ExchangedToken, cancellationToken)
                ?? throw new CommandException("the issuer answered nothing");
        }

        var problem = await response.Content.ReadFromJsonAsync(TokenJson.Default.OAuthError, cancellationToken);
        throw new CommandException($"no token for {user}: {problem?.Description ?? problem?.Error ?? response.ReasonPhrase}");
    }

    /// <summary>RFC 8414 / OpenID Connect Discovery.</summary>
    private async Task<Uri> TokenEndpointAsync(HttpClient http, CancellationToken cancellationToken)
    {
        var discovery = await http.GetFromJsonAsync(new Uri($"{issuer.ToString().TrimEnd('/')}/.well-known/openid-configuration"), TokenJson.Default.Discovery, cancellationToken);
        return discovery?.TokenEndpoint ?? throw new CommandException($"{issuer} has no token endpoint");
    }
}

/// <summary>The answer of a token endpoint (RFC 6749, section 5.1).</summary>
/// <param name="AccessToken">The token.</param>
/// <param name="ExpiresIn">Its lifetime in seconds.</param>
internal sealed record ExchangedToken(
    [property: JsonPropertyName("access_token")] string AccessToken,
    [property: JsonPropertyName("expires_in")] int ExpiresIn)
{
    /// <summary>For programs.</summary>
    public JsonObject ToJson() => new() { ["access_token"] = AccessToken, ["token_type"] = "Bearer", ["expires_in"] = ExpiresIn };
}

/// <summary>The answer of a token endpoint that refuses (RFC 6749, section 5.2).</summary>
internal sealed record OAuthError(
    [property: JsonPropertyName("error")] string? Error,
    [property: JsonPropertyName("error_description")] string? Description);

/// <summary>The one member of the discovery document that is needed.</summary>
internal sealed record Discovery([property: JsonPropertyName("token_endpoint")] Uri? TokenEndpoint);

[JsonSerializable(typeof(ExchangedToken))]
[JsonSerializable(typeof(OAuthError))]
[JsonSerializable(typeof(Discovery))]
internal sealed partial class TokenJson : JsonSerializerContext;
