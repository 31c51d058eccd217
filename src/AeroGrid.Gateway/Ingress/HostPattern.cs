namespace AeroGrid.Gateway.Ingress;

/// <summary>Host names in Istio's objects: <c>example.org</c>, <c>*.example.org</c>, <c>*</c>. Lower case.</summary>
internal static class HostPattern
{
    public const string Any = "*";

    public static bool IsWildcard(string host) => host.StartsWith('*');

    /// <summary>Whether a pattern takes in everything that another one does.</summary>
    public static bool Covers(string pattern, string other) =>
        pattern == Any
        || pattern == other
        || (IsWildcard(pattern) && other != Any && other.EndsWith(pattern.AsSpan(1), StringComparison.Ordinal) && other.Length > pattern.Length - 1);

    /// <summary>What two patterns have in common: the narrower one, or nothing.</summary>
    public static string? Intersect(string a, string b) => Covers(a, b) ? b : Covers(b, a) ? a : null;

    /// <summary>The host of a Host header, without its port, in lower case.</summary>
    public static string OfRequest(string host)
    {
        var end = host.EndsWith(']') ? -1 : host.LastIndexOf(':');
        var name = end < 0 ? host : host[..end];
        return name.TrimEnd('.').ToLowerInvariant();
    }
}
