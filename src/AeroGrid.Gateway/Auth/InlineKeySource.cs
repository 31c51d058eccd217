namespace AeroGrid.Gateway.Auth;

/// <summary>Keys that stand in the RequestAuthentication itself (<c>jwks</c>). They change only with the object.</summary>
internal sealed class InlineKeySource(KeySet keys) : IKeySource
{
    public ValueTask<KeySet?> GetAsync(CancellationToken cancellationToken) => new(keys);

    public ValueTask<KeySet?> RefreshAsync(KeySet seen, CancellationToken cancellationToken) => new(seen);

    public void OnRotation(Action forget)
    {
        // Never.
    }
}
