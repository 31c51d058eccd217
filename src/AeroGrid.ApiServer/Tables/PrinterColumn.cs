using System.Text.Json.Nodes;

namespace AeroGrid.ApiServer.Tables;

/// <summary>
/// A column of the Table form (<c>meta.k8s.io/v1</c> Table), as <c>additionalPrinterColumns</c> of a CustomResourceDefinition. Immutable.
/// </summary>
public sealed record PrinterColumn
{
    /// <summary>Heading.</summary>
    public required string Name { get; init; }

    /// <summary>OpenAPI type: string, integer, number, boolean, date.</summary>
    public required string Type { get; init; }

    /// <summary>OpenAPI format.</summary>
    public string Format { get; init; } = "";

    /// <summary>Text for people.</summary>
    public string Description { get; init; } = "";

    /// <summary>0 shows always, above 0 only with <c>-o wide</c>.</summary>
    public int Priority { get; init; }

    /// <summary>Computes the cell; a date column returns the RFC 3339 text and the server prints the age. The time is now.</summary>
    public required Func<JsonObject, DateTimeOffset, JsonNode?> Cell { get; init; }
}
