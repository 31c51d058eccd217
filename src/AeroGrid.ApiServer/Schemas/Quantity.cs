using System.Globalization;
using System.Text.Json.Nodes;

namespace AeroGrid.ApiServer.Schemas;

/// <summary>Values of Kubernetes quantities (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/).</summary>
internal static class Quantity
{
    private static readonly (string Suffix, decimal Factor)[] Suffixes =
    [
        ("Ki", 1024m), ("Mi", 1024m * 1024), ("Gi", 1024m * 1024 * 1024), ("Ti", 1024m * 1024 * 1024 * 1024),
        ("Pi", 1024m * 1024 * 1024 * 1024 * 1024), ("Ei", 1024m * 1024 * 1024 * 1024 * 1024 * 1024),
        ("n", 1e-9m), ("u", 1e-6m), ("m", 1e-3m), ("k", 1e3m), ("M", 1e6m), ("G", 1e9m), ("T", 1e12m), ("P", 1e15m), ("E", 1e18m),
    ];

    /// <summary>Reads a quantity that is a JSON string or number.</summary>
    public static bool TryParse(JsonNode? node, out decimal value)
    {
        if (node.AsText() is { } text)
        {
            return TryParse(text, out value);
        }

        value = node.AsDouble() is { } number && Math.Abs(number) < 1e27 ? (decimal)number : 0;
        return node.AsDouble() is not null;
    }

    /// <summary>Reads a quantity such as <c>100m</c>, <c>1.5Gi</c> or <c>1e3</c>.</summary>
    public static bool TryParse(string text, out decimal value)
    {
        value = 0;
        if (!Formats.IsValid("quantity", text))
        {
            return false;
        }

        var factor = 1m;
        foreach (var (suffix, size) in Suffixes)
        {
            if (text.EndsWith(suffix, StringComparison.Ordinal))
            {
                text = text[..^suffix.Length];
                factor = size;
                break;
            }
        }

        try
        {
            value = decimal.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture) * factor;
            return true;
        }
        catch (OverflowException)
        {
            // Larger than 7.9e28: not a size of anything.
            return false;
        }
    }
}
