using System.Text.Json.Nodes;
using AeroGrid.Cli.Grids;
using AeroGrid.Client.Errors;
using AeroGrid.Client.Grids;

namespace AeroGrid.Cli.Tests.Grids;

public sealed class GridOutputTests
{
    private static readonly GridColumn[] Columns = [new("units, sold", ColumnType.Int64), new("note", ColumnType.Any)];
    private static readonly GridStatus Failed = new()
    {
        IsStale = true,
        Reason = StaleReason.CodeFailed,
        Message = "ZeroDivisionError\u001b[2J",
        File = "app.py",
        Line = 12,
        Since = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
    };

    private static readonly GridSnapshot Snapshot = new(
        Columns,
        [
            new GridRow("apples", [GridCell.Of(5), GridCell.Of("say \"hi\"\nthere")]),
            new GridRow("evil\u001b[31m", [GridCell.Null, GridCell.OfError("no price")]),
            new GridRow("odd", [GridCell.Of(double.NaN), GridCell.Of(new DateTimeOffset(2026, 1, 2, 3, 4, 5, 600, TimeSpan.Zero))]),
        ],
        new GridPosition("e1", 7),
        Failed);

    [Fact]
    public void A_table_shows_rows_and_staleness_and_no_escape_sequences()
    {
        var output = Print(null, isTerminal: true);

        output.ShouldContain("KEY");
        output.ShouldContain("evil\\x1b[31m");
        output.ShouldContain("the app's code failed: ZeroDivisionError\\x1b[2J (app.py:12)");
        output.ShouldNotContain('\u001b');
    }

    [Fact]
    public void CSV_quotes_what_needs_it_and_keeps_every_byte_for_a_file()
    {
        Print("csv", isTerminal: false).ReplaceLineEndings("\n").ShouldBe(
            "key,\"units, sold\",note\napples,5,\"say \"\"hi\"\"\nthere\"\nevil\u001b[31m,,#no price\nodd,NaN,2026-01-02T03:04:05.6Z\n");
    }

    [Fact]
    public void CSV_on_a_terminal_commands_nothing() => Print("csv", isTerminal: true).ShouldNotContain('\u001b');

    [Fact]
    public void JSON_keeps_types_and_tells_errors_from_values()
    {
        var json = JsonNode.Parse(Print("json", isTerminal: true))!;

        ((long)json["rows"]![0]!["cells"]!["units, sold"]!).ShouldBe(5);
        json["rows"]![1]!["cells"]!["units, sold"].ShouldBeNull();
        ((string)json["rows"]![1]!["cells"]!["note"]!["error"]!).ShouldBe("no price");
        ((string)json["rows"]![2]!["cells"]!["units, sold"]!).ShouldBe("NaN");
        ((long)json["position"]!["sequence"]!).ShouldBe(7);
        ((int)json["status"]!["line"]!).ShouldBe(12);
    }

    [Fact]
    public void Every_change_is_a_line_of_JSON_with_its_position()
    {
        var output = new StringWriter();
        var lines = new ChangeLines(output, json: true);
        foreach (var change in Story())
        {
            lines.Write(change);
        }

        output.ToString().ReplaceLineEndings("\n").ShouldBe(
            """
            {"change":"snapshot","columns":[{"name":"units, sold","type":"int64"},{"name":"note","type":"any"}]}
            {"change":"upsert","key":"apples","cells":{"units, sold":5,"note":null},"position":null}
            {"change":"complete","position":{"epoch":"e1","sequence":1}}
            {"change":"skipped","count":3,"position":{"epoch":"e1","sequence":5}}
            {"change":"upsert","key":"apples","cells":{"units, sold":6,"note":null},"position":{"epoch":"e1","sequence":5}}
            {"change":"delete","key":"pears","position":{"epoch":"e1","sequence":5}}
            {"change":"disconnected","message":"away"}
            {"change":"resumed"}

            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void Without_a_terminal_changes_are_lines_of_text()
    {
        var output = new StringWriter();
        var lines = new ChangeLines(output, json: false);
        lines.Write(new GridSnapshotStarted(Columns));
        lines.Write(new GridRowsChanged([new GridRow("a\u001b]0;x\u0007", [GridCell.Of(5), GridCell.Of("n")])], ["b"], null, 0));

        output.ToString().ReplaceLineEndings("\n").ShouldBe("a\\x1b]0;x\\x07\tunits, sold=5\tnote=n\nb\tdeleted\n");
    }

    [Fact]
    public void Grids_are_listed_with_rows_columns_and_status()
    {
        var output = new StringWriter();
        GridsCommand.Print(output, null, "orders", [new GridInfo("sum\u001b[1m", Columns, 3, GridStatus.Live)]);

        output.ToString().ShouldContain("sum\\x1b[1m   3      units, sold, note   live");
    }

    internal static IEnumerable<GridChange> Story()
    {
        yield return new GridSnapshotStarted(Columns);
        yield return new GridRowsChanged([new GridRow("apples", [GridCell.Of(5), GridCell.Null])], [], null, 0);
        yield return new GridSnapshotCompleted(new GridPosition("e1", 1));
        yield return new GridRowsChanged([new GridRow("apples", [GridCell.Of(6), GridCell.Null])], ["pears"], new GridPosition("e1", 5), 3);
        yield return new GridConnectionLost(new UnreachableException("away"), TimeSpan.FromSeconds(1));
        yield return new GridConnectionResumed();
    }

    private static string Print(string? format, bool isTerminal)
    {
        var output = new StringWriter();
        WatchCommand.PrintOnce(output, format, "sums", Snapshot, isTerminal);
        return output.ToString();
    }
}
