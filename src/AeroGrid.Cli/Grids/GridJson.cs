using System.Text.Json.Nodes;
using AeroGrid.Client.Grids;

namespace AeroGrid.Cli.Grids;

/// <summary>Grids as JSON, for programs.</summary>
internal static class GridJson
{
    /// <summary>A whole grid.</summary>
    public static JsonObject Snapshot(string grid, GridSnapshot snapshot) => new()
    {
        ["grid"] = grid,
        ["columns"] = Columns(snapshot.Columns),
        ["rows"] = new JsonArray([.. snapshot.Rows.Select(row => (JsonNode)new JsonObject { ["key"] = row.Key, ["cells"] = Cells(snapshot.Columns, row) })]),
        ["position"] = Position(snapshot.Position),
        ["status"] = Status(snapshot.Status),
    };

    /// <summary>Columns with their types.</summary>
    public static JsonArray Columns(IReadOnlyList<GridColumn> columns) =>
        new([.. columns.Select(c => (JsonNode)new JsonObject { ["name"] = c.Name, ["type"] = c.Type.ToString().ToLowerInvariant() })]);

    /// <summary>The cells of a row by the names of their columns.</summary>
    public static JsonObject Cells(IReadOnlyList<GridColumn> columns, GridRow row)
    {
        var cells = new JsonObject();
        for (var i = 0; i < Math.Min(columns.Count, row.Cells.Count); i++)
        {
            cells[columns[i].Name] = Cell(row.Cells[i]);
        }

        return cells;
    }

    /// <summary>A position; null for none.</summary>
    public static JsonObject? Position(GridPosition? position) =>
        position is null ? null : new JsonObject { ["epoch"] = position.Epoch, ["sequence"] = position.Sequence };

    /// <summary>A status; fields that say nothing are left out.</summary>
    public static JsonObject Status(GridStatus status)
    {
        var json = new JsonObject { ["stale"] = status.IsStale };
        if (status.IsStale)
        {
            json["reason"] = status.Reason.ToString();
            json["message"] = status.Message;
        }

        if (status.File.Length > 0)
        {
            json["file"] = status.File;
            json["line"] = status.Line;
        }

        if (status.Since is { } since)
        {
            json["since"] = since.UtcDateTime.ToString("O");
        }

        return json;
    }

    /// <summary>JSON has no infinities and no times: they are text. An error is an object, so that it cannot be taken for a value.</summary>
    private static JsonNode? Cell(GridCell cell) => cell.Kind switch
    {
        CellKind.Null => null,
        CellKind.Boolean => JsonValue.Create(cell.Boolean),
        CellKind.Int64 => JsonValue.Create(cell.Int64),
        CellKind.Double when double.IsFinite(cell.Double) => JsonValue.Create(cell.Double),
        CellKind.Error => new JsonObject { ["error"] = cell.Error },
        _ => JsonValue.Create(cell.ToString()),
    };
}
