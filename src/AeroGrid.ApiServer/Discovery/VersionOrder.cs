using System.Globalization;
using System.Text.RegularExpressions;

namespace AeroGrid.ApiServer.Discovery;

/// <summary>
/// Order of versions: stable before beta before alpha, then the higher number
/// (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#version-priority).
/// </summary>
internal sealed partial class VersionOrder : IComparer<string>
{
    /// <summary>The preferred version first.</summary>
    public static VersionOrder Preferred { get; } = new();

    /// <inheritdoc/>
    public int Compare(string? x, string? y)
    {
        var (left, right) = (Parse(x ?? ""), Parse(y ?? ""));
        var byStability = right.Stability.CompareTo(left.Stability);
        var byMajor = byStability != 0 ? byStability : right.Major.CompareTo(left.Major);
        var byMinor = byMajor != 0 ? byMajor : right.Minor.CompareTo(left.Minor);
        return byMinor != 0 ? byMinor : string.CompareOrdinal(x, y);
    }

    private static (int Stability, long Major, long Minor) Parse(string version)
    {
        var match = Pattern().Match(version);
        if (!match.Success)
        {
            return (0, 0, 0);
        }

        var stability = match.Groups["stage"].Value switch { "alpha" => 1, "beta" => 2, _ => 3 };
        return (stability, Number(match.Groups["major"].Value), Number(match.Groups["minor"].Value));
    }

    private static long Number(string digits) => long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    [GeneratedRegex(@"^v(?<major>[1-9]\d*)((?<stage>alpha|beta)(?<minor>[1-9]\d*))?\z", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Pattern();
}
