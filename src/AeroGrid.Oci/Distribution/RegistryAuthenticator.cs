using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AeroGrid.Oci.Distribution;

/// <summary>
/// Credentials for requests: basic authentication at once, bearer tokens after the registry asked for one. Tokens are kept until shortly before
/// they expire. Thread-safe.
/// </summary>
internal sealed partial class RegistryAuthenticator(HttpClient http, RegistryClientOptions options)
{
    // The specification's default for answers without expires_in.
    private const int DefaultLifetimeSeconds = 60;
    private static readonly TimeSpan EarlyRenewal = TimeSpan.FromSeconds(10);
    private readonly ConcurrentDictionary<(string Registry, string Scope), (string Token, DateTimeOffset Expires)> tokens = new();

    /// <summary>The header for a request, as far as one is known already.</summary>
    public AuthenticationHeaderValue? Header(string registry, string scope)
    {
        if (tokens.TryGetValue((registry, scope), out var token) && token.Expires > options.TimeProvider.GetUtcNow())
            return new AuthenticationHeaderValue("Bearer", token.Token);
        return options.Credentials.TryGetValue(registry, out var credential) ? credential.ToHeader() : null;
    }

    /// <summary>
    /// Gets the token that the registry asked for, unless another request has got one since; false when it asked for none, so that 401 is its last word.
    /// </summary>
    /// <param name="registry">The registry's name.</param>
    /// <param name="scope">What the token is for.</param>
    /// <param name="refused">The header of the request that the registry refused: only its own token is dropped, never a newer one.</param>
    /// <param name="unauthorized">The registry's answer.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="RegistryUnauthorizedException">The token service refused the credential.</exception>
    public async Task<bool> AnswerAsync(
        string registry, string scope, AuthenticationHeaderValue? refused, HttpResponseMessage unauthorized, CancellationToken cancellationToken)
    {
        if (tokens.TryGetValue((registry, scope), out var known))
        {
            if (known.Token != refused?.Parameter && known.Expires > options.TimeProvider.GetUtcNow())
                return true;
            tokens.TryRemove(new((registry, scope), known));
        }

        if (BearerChallenge.Find(unauthorized.Headers.WwwAuthenticate) is not { } challenge)
            return false;

        using var request = new HttpRequestMessage(HttpMethod.Get, challenge.TokenAddress(scope));
        // The password goes to a plain-text realm only where the registry itself is spoken to in plain text.
        var isProtected = challenge.Realm.Scheme == Uri.UriSchemeHttps || unauthorized.RequestMessage?.RequestUri?.Scheme == Uri.UriSchemeHttp;
        if (isProtected && options.Credentials.TryGetValue(registry, out var credential))
            request.Headers.Authorization = credential.ToHeader();

        using var response = await http.SendAsync(request, cancellationToken);
        if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            throw new RegistryUnauthorizedException(
                $"The token service {challenge.Realm.Host} of the registry {registry} refused the credential ({(int)response.StatusCode}).", response.StatusCode);
        }

        response.EnsureSuccessStatusCode();
        var answer = await response.Content.ReadFromJsonAsyncSafe(cancellationToken);
        if ((answer?.Token ?? answer?.AccessToken) is not { Length: > 0 } token)
            throw new RegistryException($"The token service {challenge.Realm.Host} of the registry {registry} answered without a token.", response.StatusCode);
        var lifetime = TimeSpan.FromSeconds(answer!.ExpiresIn ?? DefaultLifetimeSeconds);
        tokens[(registry, scope)] = (token, options.TimeProvider.GetUtcNow() + lifetime - EarlyRenewal);
        return true;
    }

    internal sealed record TokenAnswer
    {
        [JsonPropertyName("token")]
        public string? Token { get; init; }

        [JsonPropertyName("access_token")]
        public string? AccessToken { get; init; }

        [JsonPropertyName("expires_in")]
        public int? ExpiresIn { get; init; }
    }

    [JsonSerializable(typeof(TokenAnswer))]
    internal sealed partial class AuthenticationJson : JsonSerializerContext;
}

file static class TokenContent
{
    public static async Task<RegistryAuthenticator.TokenAnswer?> ReadFromJsonAsyncSafe(this HttpContent content, CancellationToken cancellationToken)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        try
        {
            return await JsonSerializer.DeserializeAsync(stream, RegistryAuthenticator.AuthenticationJson.Default.TokenAnswer, cancellationToken);
        }
        catch (JsonException)
        {
            // Reported by the caller as an answer without a token.
            return null;
        }
    }
}
