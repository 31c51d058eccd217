using System.Security.Cryptography;
using System.Text;

namespace AeroGrid.Gateway.Auth;

/// <summary>Who a validated token speaks for. Immutable and shared by all requests with that token.</summary>
internal sealed class TokenIdentity
{
    public TokenIdentity(string issuer, string subject, DateTimeOffset expires, IReadOnlyDictionary<string, string[]> claims)
    {
        (Issuer, Subject, Expires, Claims) = (issuer, subject, expires, claims);
        Principal = $"{issuer}/{subject}";
        UserName = claims.TryGetValue("[preferred_username]", out var names) && names is [{ Length: > 0 } name] ? name : subject;
        UserHash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Principal)).AsSpan(0, 8));
    }

    /// <summary><c>iss</c>.</summary>
    public string Issuer { get; }

    /// <summary><c>sub</c>.</summary>
    public string Subject { get; }

    /// <summary><c>exp</c>.</summary>
    public DateTimeOffset Expires { get; }

    /// <summary><c>iss/sub</c>, what Istio calls the request principal.</summary>
    public string Principal { get; }

    /// <summary><c>preferred_username</c>, otherwise <see cref="Subject"/>.</summary>
    public string UserName { get; }

    /// <summary>Tells users apart in logs without naming them.</summary>
    public string UserHash { get; }

    /// <summary>Text values of claims; the key of a nested claim is its path: <c>[tenants]</c>, <c>[realm_access][roles]</c>.</summary>
    public IReadOnlyDictionary<string, string[]> Claims { get; }
}
