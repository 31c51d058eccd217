using System.Text.RegularExpressions;

namespace AeroGrid.Registry.Storage;

/// <summary>The grammar of names (OCI distribution specification, "Pulling manifests").</summary>
internal static partial class Names
{
    private const int MaxRepositoryLength = 255;

    public static bool IsRepository(string name) => name.Length <= MaxRepositoryLength && Repository().IsMatch(name);

    public static bool IsTag(string tag) => Tag().IsMatch(tag);

    [GeneratedRegex(@"^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*\z", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Repository();

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}\z", RegexOptions.NonBacktracking)]
    private static partial Regex Tag();
}
