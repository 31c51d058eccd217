using System.Buffers;
using System.Globalization;

namespace AeroGrid.ApiServer.Schemas;

/// <summary>Durations as Go's <c>time.ParseDuration</c> writes them: <c>1h30m</c>, <c>250ms</c>, <c>-1.5s</c>.</summary>
internal static class GoDuration
{
    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    private static readonly (string Unit, double Seconds)[] Units =
        [("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3600)];

    /// <summary>Reads a duration.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        var rest = text.AsSpan();
        var negative = rest.StartsWith("-");
        if (negative || rest.StartsWith("+"))
        {
            rest = rest[1..];
        }

        if (rest is "0")
        {
            return true;
        }

        if (rest.IsEmpty)
        {
            return false;
        }

        var seconds = 0.0;
        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExcept(NumberCharacters);
            if (digits <= 0 || !double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            {
                return false;
            }

            rest = rest[digits..];
            var length = rest.IndexOfAny(NumberCharacters);
            var unit = length < 0 ? rest : rest[..length];
            var factor = 0.0;
            foreach (var (name, value) in Units)
            {
                if (unit.SequenceEqual(name))
                {
                    factor = value;
                }
            }

            if (factor == 0)
            {
                return false;
            }

            seconds += number * factor;
            rest = rest[unit.Length..];
        }

        // Go's own range: 64 bits of nanoseconds.
        if (seconds > 9_223_372_036)
        {
            return false;
        }

        duration = TimeSpan.FromSeconds(negative ? -seconds : seconds);
        return true;
    }
}
