using System.Collections.Frozen;

namespace AeroGrid.Gateway.Ingress;

/// <summary>
/// Which headers are forwarded. Hop-by-hop headers end here (RFC 9110 section 7.6.1), and nothing that says who the client is or how it
/// came may come from outside.
/// </summary>
internal static class HeaderRules
{
    private static readonly FrozenSet<string> Dropped = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,

        // Of this connection only.
        "Connection", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "TE", "Trailer", "Upgrade", "HTTP2-Settings",
        "Proxy-Authenticate", "Proxy-Authentication-Info", "Proxy-Authorization", "ALPN", "Close",

        // Set anew, or answered here.
        "Host", "Expect", "X-Content-Length",

        // Said by whoever wants to be somebody else.
        "Forwarded", "X-Real-IP", "X-Client-IP", "X-Cluster-Client-IP", "True-Client-IP", "CF-Connecting-IP", "Fastly-Client-IP",
        "X-Original-For", "X-Original-Host", "X-Original-Proto", "X-Original-URL", "X-Original-URI", "X-Rewrite-URL", "X-Scheme", "X-Script-Name",
        "Remote-User", "X-Remote-User", "X-Remote-Group", "X-Auth-Request-User", "X-Auth-Request-Email", "X-Authenticated-User",
        "X-Client-Cert", "X-SSL-Client-Cert");

    private static readonly string[] DroppedPrefixes = ["X-Forwarded", "X-Aerogrid-", "X-Envoy-", "X-Amzn-Oidc-"];

    /// <summary>Headers with which an app could act on the whole origin, which it shares with other apps.</summary>
    private static readonly string[] DroppedOfAnswers = ["Service-Worker-Allowed", "Clear-Site-Data", "Strict-Transport-Security", "Alt-Svc"];

    /// <summary>Those, and the ones that are of the connection between app and gateway only.</summary>
    private static readonly FrozenSet<string> EndsHere = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        ["Connection", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "TE", "Trailer", "Upgrade", "Proxy-Authenticate", "Proxy-Authentication-Info", .. DroppedOfAnswers]);

    /// <summary>Whether a header or trailer of an answer goes no further than this gateway.</summary>
    public static bool EndsAtGateway(string name) => EndsHere.Contains(name);

    public static IReadOnlyList<string> OriginWide => DroppedOfAnswers;

    /// <summary>Whether a request header from outside is forwarded, but for the question whether <c>Connection</c> lists it.</summary>
    public static bool IsForwarded(string name)
    {
        if (name.StartsWith(':') || Dropped.Contains(name))
            return false;
        if (name[0] is 'X' or 'x')
        {
            foreach (var prefix in DroppedPrefixes)
            {
                if (name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
                    return false;
            }
        }

        // CGI and WSGI make one variable of X-Forwarded-For and X_Forwarded_For (RFC 3875 section 4.1.18).
        return !name.Contains('_') || IsForwarded(name.Replace('_', '-'));
    }
}
