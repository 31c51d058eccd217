using System.Text.RegularExpressions;
using AeroGrid.Cli.Grids;
using AeroGrid.Client.Errors;
using AeroGrid.Client.Grids;
using Microsoft.Extensions.Time.Testing;
using Spectre.Console;
using GridColumn = AeroGrid.Client.Grids.GridColumn;
using GridRow = AeroGrid.Client.Grids.GridRow;

namespace AeroGrid.Cli.Tests.Grids;

public sealed partial class GridScreenTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly GridScreen _screen;

    public GridScreenTests() => _screen = new GridScreen("orders / sums", _time);

    [Fact]
    public void Changed_cells_are_marked_for_a_second()
    {
        Load(("apples", 5), ("pears", 7));
        MarkedCells().ShouldBeEmpty();

        _screen.Apply(new GridRowsChanged([Row("apples", 6)], [], new GridPosition("e", 2), 0));
        MarkedCells().ShouldBe(["6"]);
        _time.Advance(TimeSpan.FromSeconds(0.9));
        MarkedCells().ShouldBe(["6"]);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        MarkedCells().ShouldBeEmpty();
    }

    [Fact]
    public void A_row_that_is_sent_again_as_it_was_is_not_marked()
    {
        Load(("apples", 5));
        Load(("apples", 5), ("new", 1));

        MarkedCells().ShouldBe(["1"]);
    }

    [Fact]
    public void Rows_are_in_the_order_of_their_keys_and_large_grids_show_a_part()
    {
        Load([.. Enumerable.Range(0, 1000).Reverse().Select(i => ($"k{i:000}", (long)i))]);

        var text = Render(height: 11);

        text.ShouldContain("1000 rows, shown 1 to 5");
        KeysIn(text).ShouldBe(["k000", "k001", "k002", "k003", "k004"]);
    }

    [Fact]
    public void A_grid_that_shrinks_stays_on_the_screen()
    {
        Load([.. Enumerable.Range(0, 20).Select(i => ($"k{i:000}", (long)i))]);
        _screen.Apply(new GridRowsChanged([], [.. Enumerable.Range(1, 19).Select(i => $"k{i:000}")], new GridPosition("e", 40), 0));

        KeysIn(Render(height: 11)).ShouldBe(["k000"]);
    }

    [Fact]
    public void Staleness_and_a_lost_connection_are_shown_with_reason_and_time_and_the_rows_stay()
    {
        Load(("apples", 5));
        _screen.Apply(new GridStatusChanged(new GridStatus { IsStale = true, Reason = StaleReason.SourceUnavailable, Message = "connection refused", Since = _time.GetUtcNow() }));
        Render().ShouldContain("the broker is away: connection refused");

        _screen.Apply(new GridConnectionLost(new UnreachableException("gone"), TimeSpan.FromSeconds(1)));
        var text = Render();
        text.ShouldContain("disconnected: gone");
        text.ShouldMatch("stale since \\d\\d:\\d\\d:\\d\\d");
        KeysIn(text).ShouldBe(["apples"]);

        _screen.Apply(new GridConnectionResumed());
        _screen.Apply(new GridStatusChanged(GridStatus.Live));
        Render().ShouldContain("live");
    }

    [Fact]
    public void What_an_app_says_is_neither_markup_nor_a_command_to_the_terminal()
    {
        Load(("[red]k[/]\u001b[2J", 5));
        _screen.Apply(new GridStatusChanged(new GridStatus { IsStale = true, Reason = StaleReason.CodeFailed, Message = "[bold]\u001b]0;x\u0007" }));

        var text = Render();

        text.ShouldContain("[red]k[/]\\x1b[2J");
        text.ShouldContain("[bold]\\x1b]0;x\\x07");
    }

    [Fact]
    public void Before_the_first_snapshot_is_whole_it_says_that_it_loads()
    {
        _screen.Apply(new GridSnapshotStarted([new GridColumn("units", ColumnType.Int64)]));
        _screen.Apply(new GridRowsChanged([Row("apples", 5)], [], null, 0));

        var text = Render();

        text.ShouldContain("loading");
        text.ShouldNotContain("apples");
    }

    private void Load(params (string Key, long Value)[] rows)
    {
        _screen.Apply(new GridSnapshotStarted([new GridColumn("units", ColumnType.Int64)]));
        _screen.Apply(new GridRowsChanged([.. rows.Select(r => Row(r.Key, r.Value))], [], null, 0));
        _screen.Apply(new GridSnapshotCompleted(new GridPosition("e", 1)));
    }

    private static GridRow Row(string key, long value) => new(key, [GridCell.Of(value)]);

    private string Render(int height = 40, bool ansi = false)
    {
        var output = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = ansi ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = ansi ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(output),
        });
        console.Profile.Width = 200;
        console.Write(_screen.Render(height));
        return output.ToString();
    }

    /// <summary>What stands on a yellow ground (SGR 43 or 103).</summary>
    private string[] MarkedCells() => [.. Marked().Matches(Render(ansi: true)).Select(m => m.Groups["text"].Value.Trim())];

    private static string[] KeysIn(string text) => [.. KeyCell().Matches(text).Select(m => m.Groups["key"].Value).Where(k => k != "key")];

    [GeneratedRegex("\u001b\\[[0-9;]*(43|103)m(?<text>[^\u001b]*)\u001b", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Marked();

    [GeneratedRegex("│ (?<key>[a-z0-9]+) +│", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex KeyCell();
}
