using System.Globalization;

namespace AeroGrid.ApiServer.Admission;

/// <summary>Writes quantities as people write them.</summary>
internal static class QuantityText
{
    private static readonly (string Suffix, decimal Size)[] Binary =
        [("Ti", 1024m * 1024 * 1024 * 1024), ("Gi", 1024m * 1024 * 1024), ("Mi", 1024m * 1024), ("Ki", 1024m)];

    /// <summary><c>1500m</c> cores, <c>256Mi</c> bytes, plain counts.</summary>
    public static string Format(string resource, decimal value)
    {
        if (resource.EndsWith("memory", StringComparison.Ordinal) || resource.EndsWith("storage", StringComparison.Ordinal))
        {
            foreach (var (suffix, size) in Binary)
            {
                if (value >= size && value % size == 0)
                {
                    return (value / size).ToString("0", CultureInfo.InvariantCulture) + suffix;
                }
            }
        }

        return decimal.IsInteger(value)
            ? value.ToString("0", CultureInfo.InvariantCulture)
            : decimal.Ceiling(value * 1000).ToString("0", CultureInfo.InvariantCulture) + "m";
    }
}
