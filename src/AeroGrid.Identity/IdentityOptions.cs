namespace AeroGrid.Identity;

/// <summary>Settings of the embedded OpenID Connect issuer. Immutable.</summary>
public sealed record IdentityOptions
{
    /// <summary>The platform's data folder. Users, keys and grants are kept in its subfolder <c>identity</c>, with mode 0600.</summary>
    public required string DataFolder { get; init; }

    /// <summary>
    /// The issuer exactly as in <c>iss</c>, for example <c>http://localhost:8000/identity</c>: absolute, without a slash at the end. Its path is
    /// where the endpoints are mapped, its origin is that of the console.
    /// </summary>
    public required Uri Issuer { get; init; }

    /// <summary>Clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Lifetime of an access token for the API (audience <see cref="Audiences.Api"/>).</summary>
    public TimeSpan ApiTokenLifetime { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Lifetime of an access token for apps (audience <see cref="Audiences.Apps"/>).</summary>
    public TimeSpan AppsTokenLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long a grant may be refreshed after its last use.</summary>
    public TimeSpan RefreshTokenLifetime { get; init; } = TimeSpan.FromDays(14);

    /// <summary>How long a person may take from typing the password to allowing what was asked.</summary>
    public TimeSpan SessionLifetime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Paths on the issuer's origin to which codes for the console may be sent, and after sign-out its users.</summary>
    public IReadOnlyList<string> ConsoleRedirectPaths { get; init; } = ["/", "/auth/callback"];

    /// <summary>Rounds of hashing a password; tests that are about other things take fewer.</summary>
    internal int PasswordIterations { get; init; } = Users.Passwords.DefaultIterations;

    /// <summary>The subfolder of everything that is kept.</summary>
    internal string Folder => Path.Combine(DataFolder, "identity");
}
