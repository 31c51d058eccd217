using System.Net.Http.Headers;
using System.Text.RegularExpressions;

namespace AeroGrid.Oci.Distribution;

/// <summary>
/// What a registry asks for with <c>WWW-Authenticate: Bearer realm="…",service="…",scope="…"</c> (Docker Registry v2 authentication
/// specification): a token from the realm.
/// </summary>
internal sealed partial record BearerChallenge(Uri Realm, string? Service, string? Scope)
{
    public static BearerChallenge? Find(HttpHeaderValueCollection<AuthenticationHeaderValue> challenges)
    {
        foreach (var challenge in challenges)
        {
            if (!challenge.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase) || challenge.Parameter is null)
                continue;
            var parameters = Parameter().Matches(challenge.Parameter)
                .GroupBy(m => m.Groups["name"].Value, StringComparer.OrdinalIgnoreCase)
                .ToDictionary(g => g.Key, g => g.First().Groups["value"].Value, StringComparer.OrdinalIgnoreCase);
            if (parameters.TryGetValue("realm", out var realm) && Uri.TryCreate(realm, UriKind.Absolute, out var address)
                && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps))
            {
                return new BearerChallenge(address, parameters.GetValueOrDefault("service"), parameters.GetValueOrDefault("scope"));
            }
        }

        return null;
    }

    /// <summary>Where the token is.</summary>
    public Uri TokenAddress(string scope)
    {
        var query = "scope=" + Uri.EscapeDataString(Scope ?? scope);
        if (Service is not null)
            query += "&service=" + Uri.EscapeDataString(Service);
        var builder = new UriBuilder(Realm);
        builder.Query = builder.Query.Length > 1 ? builder.Query[1..] + "&" + query : query;
        return builder.Uri;
    }

    [GeneratedRegex("""(?<name>[A-Za-z_]+)\s*=\s*("(?<value>[^"]*)"|(?<value>[^",\s]+))""", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Parameter();
}
