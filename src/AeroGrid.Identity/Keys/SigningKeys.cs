namespace AeroGrid.Identity.Keys;

/// <summary>The issuer's signing keys, as far as others have a say. Thread-safe.</summary>
public sealed class SigningKeys
{
    private readonly KeyStore _store;

    internal SigningKeys(KeyStore store) => _store = store;

    /// <summary>Signing keys of a data folder whose platform may be running: it takes over a rotation at its next request.</summary>
    /// <param name="options">The options that the platform runs with.</param>
    public static SigningKeys Of(IdentityOptions options) => new(new KeyStore(options.Folder, options.RefreshTokenLifetime, options.TimeProvider));

    /// <summary>
    /// Signs with a new key from now on. The old public key stays in the key set until everything that it signed has expired.
    /// </summary>
    /// <param name="compromised">
    /// The old key is in wrong hands: it leaves the key set at once, every token is void, and everyone logs in again.
    /// </param>
    /// <param name="cancellationToken">Gives up waiting for another process.</param>
    /// <exception cref="IdentityException">The file of keys is damaged.</exception>
    public Task RotateAsync(bool compromised = false, CancellationToken cancellationToken = default) => _store.RotateAsync(compromised, cancellationToken);
}
