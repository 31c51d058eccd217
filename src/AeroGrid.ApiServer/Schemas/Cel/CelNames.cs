using System.Collections.Frozen;

namespace AeroGrid.ApiServer.Schemas.Cel;

/// <summary>
/// Field names that are no names of the language are written with escapes in rules
/// (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules): <c>x__dash__y</c> for
/// <c>x-y</c>, <c>__namespace__</c> for the word namespace.
/// </summary>
internal static class CelNames
{
    private static readonly FrozenSet<string> Words = new[]
    {
        "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
        "namespace", "return",
    }.ToFrozenSet();

    /// <summary>The name of the field.</summary>
    public static string Unescape(string name)
    {
        if (!name.Contains("__", StringComparison.Ordinal))
        {
            return name;
        }

        if (name.Length > 4 && name.StartsWith("__", StringComparison.Ordinal) && name.EndsWith("__", StringComparison.Ordinal) && Words.Contains(name[2..^2]))
        {
            return name[2..^2];
        }

        return name.Replace("__dot__", ".").Replace("__dash__", "-").Replace("__slash__", "/").Replace("__underscores__", "__");
    }
}
