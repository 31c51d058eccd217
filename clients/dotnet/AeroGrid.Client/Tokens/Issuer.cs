using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Serialization;
using AeroGrid.Client.Errors;

namespace AeroGrid.Client.Tokens;

/// <summary>Talks to the endpoints of an OpenID Connect issuer. Thread-safe.</summary>
internal sealed class Issuer : IDisposable
{
    private readonly SignInOptions _options;
    private readonly HttpClient _http;
    private Discovery? _discovery;

    public Issuer(SignInOptions options)
    {
        RequireSecure(options.Issuer);
        _options = options;
        _http = new HttpClient(options.HttpHandler ?? new SocketsHttpHandler(), disposeHandler: options.HttpHandler is null) { Timeout = TimeSpan.FromSeconds(30) };
    }

    /// <summary>The endpoints (OpenID Connect Discovery 1.0).</summary>
    public async Task<Discovery> DiscoverAsync(CancellationToken cancellationToken)
    {
        if (_discovery is { } known)
        {
            return known;
        }

        var address = new Uri($"{_options.Issuer.ToString().TrimEnd('/')}/.well-known/openid-configuration");
        try
        {
            var found = await _http.GetFromJsonAsync(address, TokenJson.Default.Discovery, cancellationToken).ConfigureAwait(false)
                ?? throw new SignInException($"{address} is empty; check the issuer's address");
            // OpenID Connect Discovery 1.0, section 4.3: another issuer's document must not be used.
            if (found.Issuer?.TrimEnd('/') != _options.Issuer.ToString().TrimEnd('/'))
            {
                throw new SignInException($"{address} is about the issuer {found.Issuer}, not {_options.Issuer}; check the issuer's address");
            }

            foreach (var endpoint in new[] { found.TokenEndpoint, found.AuthorizationEndpoint, found.DeviceEndpoint })
            {
                RequireSecure(endpoint);
            }

            return _discovery = found;
        }
        catch (HttpRequestException e)
        {
            throw Unreachable(e);
        }
        catch (System.Text.Json.JsonException e)
        {
            throw new SignInException($"{address} is not the document of an issuer; check the issuer's address", e);
        }
    }

    /// <summary>Posts a form.</summary>
    /// <returns>The tokens, or the error of RFC 6749, section 5.2.</returns>
    public async Task<TokenAnswer> PostTokenAsync(Dictionary<string, string> form, CancellationToken cancellationToken)
    {
        var discovery = await DiscoverAsync(cancellationToken).ConfigureAwait(false);
        form["client_id"] = _options.ClientId;
        return await PostAsync(discovery.TokenEndpoint ?? throw Lacks("token"), form, TokenJson.Default.TokenAnswer, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Begins RFC 8628.</summary>
    public async Task<DeviceAnswer> PostDeviceAsync(CancellationToken cancellationToken)
    {
        var discovery = await DiscoverAsync(cancellationToken).ConfigureAwait(false);
        var form = new Dictionary<string, string> { ["client_id"] = _options.ClientId, ["scope"] = string.Join(' ', _options.Scopes) };
        return await PostAsync(discovery.DeviceEndpoint ?? throw Lacks("device authorization"), form, TokenJson.Default.DeviceAnswer, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The failure that names what is missing.</summary>
    public SignInException Lacks(string endpoint) => new($"the issuer {_options.Issuer} has no {endpoint} endpoint; use another way to sign in");

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<T> PostAsync<T>(
        Uri address, Dictionary<string, string> form, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using var content = new FormUrlEncodedContent(form);
        try
        {
            using var response = await _http.PostAsync(address, content, cancellationToken).ConfigureAwait(false);
            return await response.Content.ReadFromJsonAsync(type, cancellationToken).ConfigureAwait(false)
                ?? throw new SignInException($"{address} answered nothing");
        }
        catch (HttpRequestException e)
        {
            throw Unreachable(e);
        }
        catch (System.Text.Json.JsonException e)
        {
            throw new UnreachableException($"{address} did not answer as an issuer does; try again later", e);
        }
    }

    private UnreachableException Unreachable(HttpRequestException e) => new(
        e.InnerException is SocketException
            ? $"the issuer {_options.Issuer} cannot be reached; is the platform running?"
            : $"the issuer {_options.Issuer} does not answer: {e.Message}",
        e);

    /// <summary>Tokens travel in the open over http, which is for the own machine only (RFC 6749, section 3.2).</summary>
    private static void RequireSecure(Uri? address)
    {
        if (address is not null && address.Scheme != Uri.UriSchemeHttps && !address.IsLoopback)
        {
            throw new SignInException($"{address} is not https; only an issuer on this machine may be http");
        }
    }
}

/// <summary>What is needed of the discovery document.</summary>
internal sealed record Discovery(
    [property: JsonPropertyName("issuer")] string? Issuer,
    [property: JsonPropertyName("token_endpoint")] Uri? TokenEndpoint,
    [property: JsonPropertyName("authorization_endpoint")] Uri? AuthorizationEndpoint,
    [property: JsonPropertyName("device_authorization_endpoint")] Uri? DeviceEndpoint);

/// <summary>The answer of a token endpoint, good (RFC 6749, section 5.1) or bad (5.2).</summary>
internal sealed record TokenAnswer(
    [property: JsonPropertyName("access_token")] string? AccessToken,
    [property: JsonPropertyName("expires_in")] int? ExpiresIn,
    [property: JsonPropertyName("refresh_token")] string? RefreshToken,
    [property: JsonPropertyName("error")] string? Error,
    [property: JsonPropertyName("error_description")] string? Description);

/// <summary>The answer of a device authorization endpoint (RFC 8628, section 3.2), or an error.</summary>
internal sealed record DeviceAnswer(
    [property: JsonPropertyName("device_code")] string? DeviceCode,
    [property: JsonPropertyName("user_code")] string? UserCode,
    [property: JsonPropertyName("verification_uri")] Uri? VerificationUri,
    [property: JsonPropertyName("verification_uri_complete")] Uri? VerificationUriComplete,
    [property: JsonPropertyName("expires_in")] int ExpiresIn,
    [property: JsonPropertyName("interval")] int? Interval,
    [property: JsonPropertyName("error")] string? Error,
    [property: JsonPropertyName("error_description")] string? Description);

[JsonSerializable(typeof(Discovery))]
[JsonSerializable(typeof(TokenAnswer))]
[JsonSerializable(typeof(DeviceAnswer))]
internal sealed partial class TokenJson : JsonSerializerContext;
