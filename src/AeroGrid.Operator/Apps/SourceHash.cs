using AeroGrid.Api.Apps;
using AeroGrid.Operator.Reconciling;

namespace AeroGrid.Operator.Apps;

/// <summary>What identifies a version of an app: its runtime and its files, in whatever order they are written.</summary>
internal static class SourceHash
{
    /// <summary>16 hexadecimal digits, of which a name or label can be made. Versions of one app must differ, not those of all apps.</summary>
    public static string Of(string runtime, IEnumerable<AppFile> files) =>
        ContentHash.Of([runtime, .. ContentHash.TextsOf(files)])[..16];
}
