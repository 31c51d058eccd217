using System.Text.Json;
using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Schemas;
using AeroGrid.ApiServer.Tables;

namespace AeroGrid.ApiServer.CustomResources;

/// <summary>Columns of custom resources from <c>additionalPrinterColumns</c>.</summary>
internal static class PrinterColumns
{
    /// <summary>Allowed values of <c>type</c>.</summary>
    public static readonly string[] Types = ["boolean", "date", "integer", "number", "string"];

    /// <summary>The columns of a version; the age when it names none.</summary>
    public static IReadOnlyList<PrinterColumn> Read(JsonNode? version)
    {
        var columns = version.ObjectsAt("additionalPrinterColumns").Select(Column).ToList();
        return columns.Count > 0 ? columns : [Resources.BuiltIn.Columns.Column.Age];
    }

    private static PrinterColumn Column(JsonObject column)
    {
        var path = JsonPath.Parse(column.TextAt("jsonPath")!);
        var type = column.TextAt("type")!;
        return new PrinterColumn
        {
            Name = column.TextAt("name")!,
            Type = type,
            Format = column.TextAt("format") ?? "",
            Description = column.TextAt("description") ?? "",
            Priority = (int)(column.IntegerAt("priority") ?? 0),
            Cell = (obj, _) => Cell(type, path.Find(obj).FirstOrDefault()),
        };
    }

    /// <summary>A value that is not of the column's type shows nothing, except that everything can be text.</summary>
    private static JsonNode? Cell(string type, JsonNode? value) => type switch
    {
        "integer" => value.AsInteger() is { } integer ? integer : null,
        "number" => value.AsDouble() is not null ? value!.DeepClone() : null,
        "boolean" => value.Kind() is JsonValueKind.True or JsonValueKind.False ? value!.DeepClone() : null,
        "date" => value.AsText(),
        _ => value switch
        {
            null => null,
            JsonValue scalar when scalar.GetValueKind() == JsonValueKind.String => scalar.DeepClone(),
            _ => value.ToJsonString(),
        },
    };
}
