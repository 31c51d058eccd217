using System.Text.RegularExpressions;

namespace AeroGrid.ApiServer.Rest;

/// <summary>
/// Forms of names (https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ and k8s.io/apimachinery/pkg/util/validation).
/// Each rule returns null for a good name, otherwise what would be right.
/// </summary>
internal static partial class NameRules
{
    private const string LabelRule =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name', or '123-abc')";

    private const string SubdomainRule =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com')";

    private const string Label1035Rule =
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name', or 'abc-123')";

    private const string QualifiedRule =
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName', or 'my.name', or '123-abc')";

    /// <summary>The rule for names of a resource, by its storage key.</summary>
    public static string? ObjectName(string storageKey, string name) => storageKey switch
    {
        "namespaces" => DnsLabel(name),
        "services" => Dns1035Label(name),
        _ when storageKey.StartsWith("rbac.authorization.k8s.io/", StringComparison.Ordinal) => PathSegment(name),
        _ => DnsSubdomain(name),
    };

    /// <summary>RFC 1123 label.</summary>
    public static string? DnsLabel(string name) => TooLong(name, 63) ?? (Label().IsMatch(name) ? null : LabelRule);

    /// <summary>RFC 1123 subdomain.</summary>
    public static string? DnsSubdomain(string name) => TooLong(name, 253) ?? (Subdomain().IsMatch(name) ? null : SubdomainRule);

    /// <summary>RFC 1035 label.</summary>
    public static string? Dns1035Label(string name) => TooLong(name, 63) ?? (Label1035().IsMatch(name) ? null : Label1035Rule);

    /// <summary>Anything that can stand in a path.</summary>
    public static string? PathSegment(string name) => name switch
    {
        "" => "must not be empty",
        "." or ".." => $"may not be '{name}'",
        _ => TooLong(name, 253) ?? (name.AsSpan().IndexOfAny('/', '%') >= 0 ? "may not contain '/' or '%'" : null),
    };

    /// <summary>Keys of labels, annotations and finalizers: an optional prefix and a name.</summary>
    public static string? QualifiedName(string key)
    {
        var slash = key.IndexOf('/');
        if (slash >= 0 && DnsSubdomain(key[..slash]) is { } error)
        {
            return $"prefix part {error}";
        }

        var name = key[(slash + 1)..];
        return name.Length == 0 ? "name part must be non-empty" : TooLong(name, 63) is { } tooLong ? $"name part {tooLong}" : Qualified().IsMatch(name) ? null : QualifiedRule;
    }

    /// <summary>Values of labels.</summary>
    public static string? LabelValue(string value) =>
        value.Length == 0 ? null : TooLong(value, 63) ?? (Qualified().IsMatch(value) ? null : $"a valid label must be an empty string or {QualifiedRule["name part must ".Length..]}");

    private static string? TooLong(string name, int most) => name.Length > most ? $"must be no more than {most} characters" : null;

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?\z", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Label();

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Subdomain();

    [GeneratedRegex(@"^[a-z]([-a-z0-9]*[a-z0-9])?\z", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Label1035();

    [GeneratedRegex(@"^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]\z", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Qualified();
}
