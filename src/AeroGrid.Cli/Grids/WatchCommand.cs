using System.CommandLine;
using System.CommandLine.Parsing;
using AeroGrid.Cli.Commands;
using AeroGrid.Cli.Connection;
using AeroGrid.Cli.Output;
using AeroGrid.Client.Grids;

namespace AeroGrid.Cli.Grids;

/// <summary><c>aerogrid watch APP GRID</c>.</summary>
internal static class WatchCommand
{
    public static Command Create()
    {
        var options = new PlatformOptions();
        var app = options.AppArgument();
        var user = GridAccess.UserOption();
        var grid = GridAccess.GridArgument(options, app, user);
        var once = new Option<bool>("--once") { Description = "Print the grid as it is now and exit; -o json or csv for programs." };
        var follow = new Option<bool>("--follow", "-f") { Description = "Print every change as a line, with its position, until Ctrl-C; -o jsonl (default)." };
        var columns = new Option<string[]>("--columns") { HelpName = "NAMES", Description = "Only these columns, in this order, separated by commas.", AllowMultipleArgumentsPerToken = false };
        var prefix = new Option<string?>("--prefix") { HelpName = "TEXT", Description = "Only rows whose key begins with this." };
        var rate = new Option<double?>("--rate") { HelpName = "HZ", Description = "How often changes come at most, above 0 to 1000 times a second. Default 20." };
        var output = new Option<string?>("--output", "-o") { HelpName = "json|csv|jsonl", Description = "json or csv with --once, jsonl with --follow." };
        output.AcceptOnlyFromAmong("json", "csv", "jsonl");
        rate.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double?>() is { } value && !(value > 0 && value <= 1000))
            {
                result.AddError("--rate: a number above 0, at most 1000");
            }
        });
        var command = options.AddTo(
            new Command("watch", "Show a grid live: changed cells are marked; arrows and PgUp/PgDn scroll, q or Ctrl-C ends.") { app, grid, once, follow, columns, prefix, rate, user }, output);
        command.Validators.Add(result => Check(result, once, follow, output));
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var platform = PlatformConnection.Open(parsed, options);
            using var access = GridAccess.Open(platform, parsed.GetRequiredValue(user), parsed.GetRequiredValue(app));
            var name = parsed.GetRequiredValue(grid);
            var wanted = new GridOptions
            {
                Columns = [.. (parsed.GetValue(columns) ?? []).SelectMany(c => c.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))],
                KeyPrefix = parsed.GetValue(prefix) ?? "",
                MaxUpdatesPerSecond = parsed.GetValue(rate),
            };
            var writer = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(once))
            {
                PrintOnce(writer, parsed.GetValue(output), name, await access.Grids.SnapshotAsync(name, wanted, cancellationToken), !Console.IsOutputRedirected);
            }
            else if (parsed.GetValue(follow) || Console.IsOutputRedirected)
            {
                var lines = new ChangeLines(writer, json: parsed.GetValue(follow));
                await foreach (var change in access.Grids.SubscribeAsync(name, wanted, cancellationToken))
                {
                    lines.Write(change);
                }
            }
            else
            {
                await new GridScreen($"{parsed.GetRequiredValue(app)} / {name}", TimeProvider.System)
                    .RunAsync(access.Grids.SubscribeAsync(name, wanted, cancellationToken), cancellationToken);
            }

            return 0;
        });
        return Examples.Of(
            command,
            """
            aerogrid watch ordersapp product_sum
            aerogrid watch ordersapp product_sum --once -o csv > sums.csv
            aerogrid watch ordersapp product_sum --follow | jq -c 'select(.change == "upsert")'
            """);
    }

    /// <summary>Prints a snapshot.</summary>
    internal static void PrintOnce(TextWriter output, string? format, string grid, GridSnapshot snapshot, bool isTerminal)
    {
        switch (format)
        {
            case "json":
                Printer.Write(output, "json", GridJson.Snapshot(grid, snapshot));
                break;
            case "csv":
                GridCsv.Write(output, snapshot, isTerminal ? TerminalText.Line : static text => text);
                break;
            default:
                TextTable.Write(
                    output,
                    ["KEY", .. snapshot.Columns.Select(c => TerminalText.Line(c.Name))],
                    snapshot.Rows.Select(r => (IReadOnlyList<string>)[TerminalText.Line(r.Key), .. r.Cells.Select(c => TerminalText.Line(c.ToString()))]));
                if (snapshot.Status.IsStale)
                {
                    output.WriteLine(StatusText.Line(snapshot.Status));
                }

                break;
        }
    }

    private static void Check(CommandResult result, Option<bool> once, Option<bool> follow, Option<string?> output)
    {
        var (isOnce, isFollow) = (result.GetValue(once), result.GetValue(follow));
        if (isOnce && isFollow)
        {
            result.AddError("--once and --follow exclude each other");
        }

        switch (result.GetValue(output))
        {
            case "jsonl" when !isFollow:
                result.AddError("-o jsonl needs --follow");
                break;
            case "json" or "csv" when !isOnce:
                result.AddError("-o json and -o csv need --once");
                break;
        }
    }
}
