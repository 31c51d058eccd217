using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace AeroGrid.Runner.Grids;

/// <summary>A point in the life of a grid. As text <c>epoch/sequence</c>.</summary>
internal readonly record struct GridPosition(string Epoch, long Sequence)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Epoch}/{Sequence}");

    /// <summary>Reads <c>epoch/sequence</c> as a client gave it back.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out GridPosition? position)
    {
        position = null;
        var slash = text?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        if (slash <= 0 || !long.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence))
            return false;
        position = new GridPosition(text![..slash], sequence);
        return true;
    }
}
