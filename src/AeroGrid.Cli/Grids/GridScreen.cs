using AeroGrid.Cli.Output;
using AeroGrid.Client.Grids;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace AeroGrid.Cli.Grids;

/// <summary>The live table in the terminal. What an app says is text here, never markup and never a command to the terminal.</summary>
internal sealed class GridScreen(string title, TimeProvider time)
{
    /// <summary>How long a changed cell is marked.</summary>
    private static readonly TimeSpan MarkTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FrameTime = TimeSpan.FromMilliseconds(100);

    /// <summary>Lines that are not rows: title, status, and the table's frame and headings.</summary>
    private const int OtherLines = 6;
    private const int LongestCell = 60;
    private static readonly Style Marked = new(Color.Black, Color.Yellow);
    private static readonly Style Failed = new(Color.Red);

    private readonly GridBoard _board = new(time);
    private int _offset;

    /// <summary>Shows changes until they end, the person presses q, or it is cancelled.</summary>
    public async Task RunAsync(IAsyncEnumerable<GridChange> changes, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var reading = ReadAsync(changes, end.Token);
        await AnsiConsole.Live(Render(Height())).AutoClear(false).Overflow(VerticalOverflow.Crop).StartAsync(async live =>
        {
            while (!reading.IsCompleted && !cancellationToken.IsCancellationRequested && !Scroll())
            {
                live.UpdateTarget(Render(Height()));
                await Task.WhenAny(Task.Delay(FrameTime, time, CancellationToken.None), reading);
            }
        });
        await end.CancelAsync();
        try
        {
            await reading;
        }
        catch (OperationCanceledException)
        {
            // The person has seen enough.
        }
    }

    /// <summary>Takes a change.</summary>
    internal void Apply(GridChange change) => _board.Apply(change);

    /// <summary>What is shown in a terminal with so many lines.</summary>
    internal IRenderable Render(int height)
    {
        var page = _board.Page(_offset, Math.Max(1, height - OtherLines));
        _offset = page.Offset;
        var table = new Table().Border(TableBorder.Rounded);
        table.AddColumn(new TableColumn(Plain("key")));
        foreach (var column in page.Columns)
        {
            var heading = new TableColumn(Plain(column.Name));
            table.AddColumn(column.Type is ColumnType.Int64 or ColumnType.Double ? heading.RightAligned() : heading);
        }

        foreach (var (row, changedAt) in page.Rows)
        {
            table.AddRow(row.Cells.Take(page.Columns.Count).Select((cell, i) => (IRenderable)new Text(Shown(cell.ToString()), StyleOf(cell, changedAt[i]))).Prepend(Plain(row.Key)));
        }

        return new Rows(Plain(Title(page)), new Text(page.Loaded ? StatusText.Line(page.Status) : "loading …", page.Status.IsStale ? Failed : Style.Plain), table);
    }

    private string Title(GridPage page)
    {
        var range = page.Total > page.Rows.Count ? $", shown {page.Offset + 1} to {page.Offset + page.Rows.Count}" : "";
        var skipped = page.Skipped > 0 ? $", {page.Skipped} updates skipped" : "";
        return $"{title}: {page.Total} rows{range}{skipped}";
    }

    private Style StyleOf(GridCell cell, long? changedAt) =>
        changedAt is { } at && time.GetElapsedTime(at) < MarkTime ? Marked : cell.IsError ? Failed : Style.Plain;

    private static Text Plain(string text) => new(Shown(text));

    private static string Shown(string text)
    {
        var line = TerminalText.Line(text.Length > LongestCell ? string.Concat(text.AsSpan(0, LongestCell), "…") : text);
        return line.Replace('\t', ' ');
    }

    private async Task ReadAsync(IAsyncEnumerable<GridChange> changes, CancellationToken cancellationToken)
    {
        await foreach (var change in changes.WithCancellation(cancellationToken))
        {
            Apply(change);
        }
    }

    /// <summary>Takes the keys that were pressed.</summary>
    /// <returns>Whether the person wants to leave.</returns>
    private bool Scroll()
    {
        while (!Console.IsInputRedirected && Console.KeyAvailable)
        {
            var page = Math.Max(1, Height() - OtherLines);
            switch (Console.ReadKey(intercept: true).Key)
            {
                case ConsoleKey.Q:
                    return true;
                case ConsoleKey.UpArrow:
                    _offset--;
                    break;
                case ConsoleKey.DownArrow:
                    _offset++;
                    break;
                case ConsoleKey.PageUp:
                    _offset -= page;
                    break;
                case ConsoleKey.PageDown:
                    _offset += page;
                    break;
                case ConsoleKey.Home:
                    _offset = 0;
                    break;
                case ConsoleKey.End:
                    _offset = int.MaxValue;
                    break;
            }

            _offset = Math.Max(0, _offset);
        }

        return false;
    }

    private static int Height() => AnsiConsole.Profile.Height;
}
