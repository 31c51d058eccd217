using AeroGrid.Client.Errors;

namespace AeroGrid.Client.Tokens;

/// <summary>
/// Tokens for a person who signs in once: kept until a minute before they end, then renewed with the refresh token; when the issuer refuses
/// that, the person signs in again. Thread-safe; whoever asks meanwhile waits for the one sign-in.
/// </summary>
public abstract class SignInTokenProvider : ITokenProvider, IDisposable
{
    private readonly SignInOptions _options;
    private readonly TokenStore _tokens;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private string? _refreshToken;
    private bool _cacheWasRead;

    private protected SignInTokenProvider(SignInOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _tokens = new TokenStore(options.TimeProvider);
        Issuer = new Issuer(options);
    }

    private protected Issuer Issuer { get; }

    /// <inheritdoc/>
    public async ValueTask<AccessToken> GetTokenAsync(TokenRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return _tokens.Find(request)
                ?? await RefreshAsync(request.Audience, cancellationToken).ConfigureAwait(false)
                ?? await SignInAgainAsync(request.Audience, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Forgets the person, in memory and in the cache. The next token needs a sign-in.</summary>
    public async Task SignOutAsync(CancellationToken cancellationToken = default)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            _tokens.Clear();
            await KeepAsync(null, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases what the provider holds.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            Issuer.Dispose();
            _gate.Dispose();
        }
    }

    /// <summary>Signs the person in.</summary>
    private protected abstract Task<TokenAnswer> SignInAsync(CancellationToken cancellationToken);

    private async Task<AccessToken> SignInAgainAsync(string audience, CancellationToken cancellationToken)
    {
        _tokens.Clear();
        var answer = await SignInAsync(cancellationToken).ConfigureAwait(false);
        await KeepAsync(answer.RefreshToken, cancellationToken).ConfigureAwait(false);
        // The first token is for the one audience that the issuer chose; the refresh token covers all.
        return await RefreshAsync(audience, cancellationToken).ConfigureAwait(false)
            ?? (answer.RefreshToken is null ? Token(audience, answer) : throw new SignInException($"the issuer {_options.Issuer} gives no token for {audience} after a sign-in; does the client {_options.ClientId} have its scope?"));
    }

    /// <summary>A new token by the refresh token (RFC 6749, section 6); null when there is none, or when it is not accepted any more.</summary>
    private async Task<AccessToken?> RefreshAsync(string audience, CancellationToken cancellationToken)
    {
        if (_refreshToken is null && !_cacheWasRead && _options.Cache is { } cache)
        {
            _refreshToken = await cache.ReadAsync(_options.Issuer, cancellationToken).ConfigureAwait(false);
            _cacheWasRead = true;
        }

        if (_refreshToken is null)
        {
            return null;
        }

        var answer = await Issuer.PostTokenAsync(
            new() { ["grant_type"] = "refresh_token", ["refresh_token"] = _refreshToken, ["scope"] = audience }, cancellationToken).ConfigureAwait(false);
        if (answer.Error is "invalid_grant" or "invalid_scope")
        {
            await KeepAsync(null, cancellationToken).ConfigureAwait(false);
            return null;
        }

        var token = Token(audience, answer);
        if (answer.RefreshToken is { } next)
        {
            await KeepAsync(next, cancellationToken).ConfigureAwait(false);
        }

        return token;
    }

    private AccessToken Token(string audience, TokenAnswer answer) => answer.AccessToken is { } value
        ? _tokens.Keep(audience, new AccessToken(value, answer.ExpiresIn is { } seconds ? _options.TimeProvider.GetUtcNow().AddSeconds(seconds) : null))
        : throw Refused(answer);

    private protected static SignInException Refused(TokenAnswer answer) =>
        new($"the issuer gives no token: {answer.Description ?? answer.Error ?? "it does not say why"}");

    private async Task KeepAsync(string? refreshToken, CancellationToken cancellationToken)
    {
        _refreshToken = refreshToken;
        if (_options.Cache is { } cache)
        {
            _cacheWasRead = true;
            await cache.WriteAsync(_options.Issuer, refreshToken, cancellationToken).ConfigureAwait(false);
        }
    }
}
