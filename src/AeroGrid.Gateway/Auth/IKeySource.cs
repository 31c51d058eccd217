namespace AeroGrid.Gateway.Auth;

/// <summary>Where an issuer's keys come from. Thread-safe.</summary>
internal interface IKeySource
{
    /// <summary>The keys, or null when they cannot be had and never were.</summary>
    ValueTask<KeySet?> GetAsync(CancellationToken cancellationToken);

    /// <summary>A token names a key that is not in <paramref name="seen"/>: newer keys if there are any and asking is due, otherwise the same.</summary>
    ValueTask<KeySet?> RefreshAsync(KeySet seen, CancellationToken cancellationToken);

    /// <summary>Calls back whenever keys were replaced by other ones.</summary>
    void OnRotation(Action forget);
}
