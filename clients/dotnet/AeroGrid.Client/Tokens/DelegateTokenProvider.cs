namespace AeroGrid.Client.Tokens;

/// <summary>Tokens from a function, each kept until a minute before it ends. Thread-safe; the function is called by one at a time.</summary>
/// <param name="get">Gets a new token.</param>
/// <param name="timeProvider">The clock; null for the machine's.</param>
public sealed class DelegateTokenProvider(Func<TokenRequest, CancellationToken, ValueTask<AccessToken>> get, TimeProvider? timeProvider = null)
    : ITokenProvider, IDisposable
{
    private readonly TokenStore _tokens = new(timeProvider ?? TimeProvider.System);
    private readonly SemaphoreSlim _gate = new(1, 1);

    /// <inheritdoc/>
    public async ValueTask<AccessToken> GetTokenAsync(TokenRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return _tokens.Find(request) ?? _tokens.Keep(request.Audience, await get(request, cancellationToken).ConfigureAwait(false));
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();
}
