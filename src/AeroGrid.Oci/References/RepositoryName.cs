using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace AeroGrid.Oci.References;

/// <summary>A repository of a registry, such as <c>registry.aerogrid.local/demo/dependencies</c>.</summary>
/// <param name="Registry">
/// Name of the registry, <c>host</c> or <c>host:port</c>. It is a name and not an address: <see cref="Distribution.RegistryClientOptions.Endpoints"/> says where it is.
/// </param>
/// <param name="Path">Lower-case components separated by <c>/</c>, such as <c>demo/dependencies</c>; together at most 255 characters.</param>
public sealed partial record RepositoryName(string Registry, string Path)
{
    /// <summary>Longest path that registries accept.</summary>
    public const int MaxPathLength = 255;

    /// <summary>Reads <c>registry/path</c>.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public static RepositoryName Parse(string text) =>
        TryParse(text, out var name) ? name : throw new FormatException($"'{text}' is not a repository: expected registry/path in lower-case letters, digits and . _ - /.");

    /// <summary>Reads <c>registry/path</c>; false when it is something else.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out RepositoryName? name)
    {
        name = null;
        var slash = text?.IndexOf('/') ?? -1;
        if (slash <= 0)
            return false;
        var (registry, path) = (text![..slash], text[(slash + 1)..]);
        if (!RegistryPattern().IsMatch(registry) || !IsValidPath(path))
            return false;
        name = new RepositoryName(registry, path);
        return true;
    }

    /// <summary>Whether a path follows the grammar of the OCI distribution specification ("Pulling manifests").</summary>
    public static bool IsValidPath(string path) => path.Length <= MaxPathLength && PathPattern().IsMatch(path);

    /// <summary>The form <c>registry/path</c>.</summary>
    public override string ToString() => $"{Registry}/{Path}";

    [GeneratedRegex(@"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?\z", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex RegistryPattern();

    [GeneratedRegex(@"^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*\z", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex PathPattern();
}
