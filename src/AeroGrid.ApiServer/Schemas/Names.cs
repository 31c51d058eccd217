using System.Text.RegularExpressions;

namespace AeroGrid.ApiServer.Schemas;

/// <summary>
/// Forms of names (https://kubernetes.io/docs/concepts/overview/working-with-objects/names/). Each check returns null or the sentence that
/// Kubernetes says.
/// </summary>
internal static partial class Names
{
    /// <summary>RFC 1123 subdomain, at most 253 characters.</summary>
    public static string? Subdomain(string name) => name.Length > 253
        ? "must be no more than 253 characters"
        : SubdomainPattern().IsMatch(name)
            ? null
            : "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character " +
              "(e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

    /// <summary>RFC 1123 label, at most 63 characters.</summary>
    public static string? Label(string name) => name.Length > 63
        ? "must be no more than 63 characters"
        : LabelPattern().IsMatch(name)
            ? null
            : "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character " +
              "(e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

    /// <summary>RFC 1035 label: a label that starts with a letter.</summary>
    public static string? Rfc1035Label(string name) => name.Length > 63
        ? "must be no more than 63 characters"
        : Rfc1035Pattern().IsMatch(name)
            ? null
            : "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character " +
              "(e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

    /// <summary>A name that may be anything that fits into one segment of a URL (RBAC).</summary>
    public static string? PathSegment(string name) => name switch
    {
        "." or ".." => $"may not be '{name}'",
        _ when name.Contains('/') => "may not contain '/'",
        _ when name.Contains('%') => "may not contain '%'",
        _ => null,
    };

    /// <summary>Key of a label or annotation: an optional DNS prefix and a name.</summary>
    public static string? QualifiedName(string key)
    {
        var slash = key.IndexOf('/');
        var name = key;
        if (slash >= 0)
        {
            var prefix = key[..slash];
            name = key[(slash + 1)..];
            if (prefix.Length == 0)
            {
                return "prefix part must be non-empty";
            }

            if (Subdomain(prefix) is { } wrong)
            {
                return $"prefix part {wrong}";
            }
        }

        if (name.Length == 0)
        {
            return "name part must be non-empty";
        }

        if (name.Length > 63)
        {
            return "name part must be no more than 63 characters";
        }

        return QualifiedPattern().IsMatch(name)
            ? null
            : "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character " +
              "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
    }

    /// <summary>Value of a label.</summary>
    public static string? LabelValue(string value) => value.Length > 63
        ? "must be no more than 63 characters"
        : value.Length == 0 || QualifiedPattern().IsMatch(value)
            ? null
            : "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character " +
              "(e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

    /// <summary>Key of a ConfigMap or Secret.</summary>
    public static string? ConfigKey(string key) => key.Length > 253
        ? "must be no more than 253 characters"
        : key is "." || key.StartsWith("..", StringComparison.Ordinal)
            ? $"must not be or start with '{(key == "." ? "." : "..")}'"
            : ConfigKeyPattern().IsMatch(key)
                ? null
                : "a valid config key must consist of alphanumeric characters, '-', '_' or '.' " +
                  "(e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

    /// <summary>Name of an environment variable.</summary>
    public static string? EnvironmentVariable(string name) => name.Length == 0 || name.Contains('=') || name.Any(c => c is < ' ' or > '~')
        ? "a valid environment variable name must consist only of printable ASCII characters other than '='"
        : null;

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex SubdomainPattern();

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?\z", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex LabelPattern();

    [GeneratedRegex(@"^[a-z]([-a-z0-9]*[a-z0-9])?\z", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Rfc1035Pattern();

    [GeneratedRegex(@"^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]\z", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex QualifiedPattern();

    [GeneratedRegex(@"^[-._a-zA-Z0-9]+\z", RegexOptions.NonBacktracking)]
    private static partial Regex ConfigKeyPattern();
}
