namespace AeroGrid.Client.Tokens;

/// <summary>
/// Keeps a sign-in beyond the life of the process. What is kept is a refresh token, which is as good as a password: put it into the system's
/// key store, or into a file that only its owner can read. Without a cache a sign-in is kept in memory only.
/// </summary>
public interface ITokenCache
{
    /// <summary>The refresh token that was written last; null when there is none.</summary>
    /// <param name="issuer">The issuer that it is of.</param>
    /// <param name="cancellationToken">Ends waiting.</param>
    ValueTask<string?> ReadAsync(Uri issuer, CancellationToken cancellationToken);

    /// <summary>Replaces the refresh token, or removes it. Issuers replace it at every use, so an old one is worthless.</summary>
    /// <param name="issuer">The issuer that it is of.</param>
    /// <param name="refreshToken">The new one; null to remove it.</param>
    /// <param name="cancellationToken">Ends waiting.</param>
    ValueTask WriteAsync(Uri issuer, string? refreshToken, CancellationToken cancellationToken);
}
