using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace AeroGrid.ApiServer.Schemas;

/// <summary>
/// String formats that Kubernetes checks (k8s.io/kube-openapi/pkg/validation/strfmt). A format that it does not know is a comment, there
/// as here.
/// </summary>
internal static partial class Formats
{
    /// <summary>Whether a text has a format.</summary>
    public static bool IsValid(string format, string text) => format switch
    {
        "date-time" or "datetime" => Rfc3339().IsMatch(text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        "date" => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        "duration" => GoDuration.TryParse(text, out _) || NamedDuration().IsMatch(text),
        "byte" => Convert.TryFromBase64String(text, new byte[text.Length], out _),
        "email" => Email().IsMatch(text),
        "hostname" => text.Length is > 0 and <= 255 && Hostname().IsMatch(text),
        "ipv4" => IPAddress.TryParse(text, out var v4) && v4.AddressFamily == AddressFamily.InterNetwork && text.Count(c => c == '.') == 3,
        "ipv6" => IPAddress.TryParse(text, out var v6) && v6.AddressFamily == AddressFamily.InterNetworkV6 && text.Contains(':'),
        "cidr" => IPNetwork.TryParse(text, out _),
        "uri" => Uri.TryCreate(text, UriKind.Absolute, out _),
        "mac" => Mac().IsMatch(text),
        "uuid" or "uuid3" or "uuid4" or "uuid5" => Guid.TryParseExact(text, "D", out _),
        "quantity" => Quantity().IsMatch(text),
        _ => true,
    };

    /// <summary>A Kubernetes quantity: decimal number with an SI, binary or exponent suffix.</summary>
    [GeneratedRegex(@"^[+-]?(\d+\.?\d*|\.\d+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Quantity();

    [GeneratedRegex(@"^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Rfc3339();

    [GeneratedRegex(@"^\d+ ?(days?|weeks?|hours?|minutes?|seconds?)$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex NamedDuration();

    [GeneratedRegex(@"^[^@\s]+@[^@\s]+$", RegexOptions.NonBacktracking)]
    private static partial Regex Email();

    [GeneratedRegex(@"^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\.?$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Hostname();

    [GeneratedRegex("^[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Mac();
}
