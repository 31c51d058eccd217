using System.Text.Json.Nodes;
using AeroGrid.Cli.Output;
using AeroGrid.Client.Grids;

namespace AeroGrid.Cli.Grids;

/// <summary>Changes as lines: JSON for programs, or text for a person whose output is no terminal. Every change is flushed, so that a pipe has it at once.</summary>
internal sealed class ChangeLines(TextWriter output, bool json)
{
    private IReadOnlyList<GridColumn> _columns = [];

    /// <summary>Writes what a change says.</summary>
    public void Write(GridChange change)
    {
        if (change is GridSnapshotStarted started)
        {
            _columns = started.Columns;
        }

        if (json)
        {
            foreach (var line in Json(change))
            {
                output.WriteLine(line.ToJsonString());
            }
        }
        else
        {
            foreach (var line in Text(change))
            {
                output.WriteLine(TerminalText.Line(line));
            }
        }

        output.Flush();
    }

    private IEnumerable<JsonObject> Json(GridChange change)
    {
        switch (change)
        {
            case GridSnapshotStarted started:
                yield return new JsonObject { ["change"] = "snapshot", ["columns"] = GridJson.Columns(started.Columns) };
                break;
            case GridRowsChanged rows:
                if (rows.Skipped > 0)
                {
                    yield return new JsonObject { ["change"] = "skipped", ["count"] = rows.Skipped, ["position"] = GridJson.Position(rows.Position) };
                }

                foreach (var row in rows.Upserts)
                {
                    yield return new JsonObject
                    {
                        ["change"] = "upsert",
                        ["key"] = row.Key,
                        ["cells"] = GridJson.Cells(_columns, row),
                        ["position"] = GridJson.Position(rows.Position),
                    };
                }

                foreach (var key in rows.Deletes)
                {
                    yield return new JsonObject { ["change"] = "delete", ["key"] = key, ["position"] = GridJson.Position(rows.Position) };
                }

                break;
            case GridSnapshotCompleted completed:
                yield return new JsonObject { ["change"] = "complete", ["position"] = GridJson.Position(completed.Position) };
                break;
            case GridStatusChanged status:
                yield return new JsonObject { ["change"] = "status", ["status"] = GridJson.Status(status.Status) };
                break;
            case GridConnectionLost lost:
                yield return new JsonObject { ["change"] = "disconnected", ["message"] = lost.Reason.Message };
                break;
            case GridConnectionResumed:
                yield return new JsonObject { ["change"] = "resumed" };
                break;
        }
    }

    private IEnumerable<string> Text(GridChange change)
    {
        switch (change)
        {
            case GridRowsChanged rows:
                foreach (var row in rows.Upserts)
                {
                    yield return $"{row.Key}\t{string.Join('\t', row.Cells.Select((cell, i) => i < _columns.Count ? $"{_columns[i].Name}={cell}" : cell.ToString()))}";
                }

                foreach (var key in rows.Deletes)
                {
                    yield return $"{key}\tdeleted";
                }

                break;
            case GridStatusChanged status:
                yield return StatusText.Line(status.Status);
                break;
            case GridConnectionLost lost:
                yield return $"disconnected: {lost.Reason.Message}";
                break;
            case GridConnectionResumed:
                yield return "connected again";
                break;
        }
    }
}
