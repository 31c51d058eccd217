using System.CommandLine;
using System.Text.Json.Nodes;
using AeroGrid.Cli.Commands;
using AeroGrid.Cli.Connection;
using AeroGrid.Cli.Output;
using AeroGrid.Client.Grids;

namespace AeroGrid.Cli.Grids;

/// <summary><c>aerogrid grids APP</c>.</summary>
internal static class GridsCommand
{
    public static Command Create()
    {
        var options = new PlatformOptions();
        var app = options.AppArgument();
        var user = GridAccess.UserOption();
        var command = options.AddTo(new Command("grids", "List the grids of an app.") { app, user });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var platform = PlatformConnection.Open(parsed, options);
            using var access = GridAccess.Open(platform, parsed.GetRequiredValue(user), parsed.GetRequiredValue(app));
            Print(parsed.InvocationConfiguration.Output, parsed.GetValue(options.Output), parsed.GetRequiredValue(app), await access.Grids.ListGridsAsync(cancellationToken));
            return 0;
        });
        return Examples.Of(
            command,
            """
            aerogrid grids ordersapp
            aerogrid grids ordersapp -o json
            """);
    }

    /// <summary>Prints grids. Their names come from user code.</summary>
    internal static void Print(TextWriter output, string? format, string app, IReadOnlyList<GridInfo> grids)
    {
        if (format is not null)
        {
            Printer.Write(output, format, new JsonArray([.. grids.Select(Json)]));
        }
        else if (grids.Count == 0)
        {
            output.WriteLine($"App {app} has no grids.");
        }
        else
        {
            TextTable.Write(
                output,
                ["NAME", "ROWS", "COLUMNS", "STATUS"],
                grids.Select(g => (IReadOnlyList<string>)[
                    TerminalText.Line(g.Name), $"{g.RowCount}", TerminalText.Line(string.Join(", ", g.Columns.Select(c => c.Name))), StatusText.Line(g.Status)]));
        }
    }

    private static JsonNode Json(GridInfo grid) => new JsonObject
    {
        ["name"] = grid.Name,
        ["rows"] = grid.RowCount,
        ["columns"] = GridJson.Columns(grid.Columns),
        ["status"] = GridJson.Status(grid.Status),
    };
}
