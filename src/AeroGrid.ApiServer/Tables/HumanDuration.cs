using System.Globalization;

namespace AeroGrid.ApiServer.Tables;

/// <summary>Durations as kubectl shows ages: <c>45s</c>, <c>3m12s</c>, <c>5d</c> (k8s.io/apimachinery/pkg/util/duration).</summary>
internal static class HumanDuration
{
    /// <summary>Two to three significant digits.</summary>
    public static string Format(TimeSpan duration)
    {
        var seconds = (long)duration.TotalSeconds;
        if (seconds < -1)
        {
            return "<invalid>";
        }

        if (seconds < 0)
        {
            return "0s";
        }

        var (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400);
        return seconds switch
        {
            < 120 => Unit(seconds, "s"),
            < 600 => Two(minutes, "m", seconds % 60, "s"),
            < 3 * 3600 => Unit(minutes, "m"),
            < 8 * 3600 => Two(hours, "h", minutes % 60, "m"),
            < 48 * 3600 => Unit(hours, "h"),
            < 8 * 86400L => Two(days, "d", hours % 24, "h"),
            < 2 * 365 * 86400L => Unit(days, "d"),
            < 8 * 365 * 86400L => Two(days / 365, "y", days % 365, "d"),
            _ => Unit(days / 365, "y"),
        };
    }

    private static string Unit(long value, string unit) => value.ToString(CultureInfo.InvariantCulture) + unit;

    private static string Two(long value, string unit, long rest, string restUnit) => rest == 0 ? Unit(value, unit) : Unit(value, unit) + Unit(rest, restUnit);
}
