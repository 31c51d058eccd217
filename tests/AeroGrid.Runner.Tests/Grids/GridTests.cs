using AeroGrid.Runner.Grids;

using CsCheck;

namespace AeroGrid.Runner.Tests.Grids;

public sealed class GridTests
{
    private static readonly GridDefinition Definition = new("g", [new Column("a", ColumnType.Any)]);

    private readonly MemoryBudget budget = new(1L << 40);

    [Fact]
    public void An_assignment_of_equal_cells_is_no_change()
    {
        var grid = Create();
        grid.Apply(Set(("k", Cell.Of(double.NaN))));
        var before = grid.Position;
        grid.Apply(Set(("k", Cell.Of(double.NaN))));
        grid.Position.ShouldBe(before);
        grid.Apply(Set(("k", Cell.Of(1L))));
        grid.Apply(Set(("k", Cell.Of(1.0))));
        grid.Position.Sequence.ShouldBe(before.Sequence + 2);
    }

    [Fact]
    public void A_reader_gets_the_newest_state_of_each_row_once_and_knows_how_much_it_missed()
    {
        var grid = Create();
        grid.Apply(Set(("a", Cell.Of(0L)), ("b", Cell.Of(0L))));
        using var cursor = new GridCursor(grid);
        var view = new View();
        view.ReadToEnd(grid, cursor);
        for (var i = 1L; i <= 100; i++)
            grid.Apply(Set(("a", Cell.Of(i))));
        var step = view.Read(grid, cursor);
        step.Kind.ShouldBe(ReadKind.Changes);
        step.Rows.ShouldBe(1);
        (step.To - step.From - step.Rows).ShouldBe(99);
        view.Rows["a"].ShouldBe(Cell.Of(100L));
    }

    [Fact]
    public void Clear_and_set_in_one_change_touches_only_what_differs()
    {
        var grid = Create();
        grid.Apply(Set(("a", Cell.Of(1L)), ("b", Cell.Of(1L)), ("c", Cell.Of(1L))));
        using var cursor = new GridCursor(grid);
        var view = new View();
        view.ReadToEnd(grid, cursor);
        var change = Set(("a", Cell.Of(1L)), ("b", Cell.Of(2L)));
        change.Clear = true;
        grid.Apply(change);
        var step = view.Read(grid, cursor);
        step.Rows.ShouldBe(2);
        view.Rows.Keys.ShouldBe(["a", "b"], ignoreOrder: true);
        grid.RowCount.ShouldBe(2);
    }

    [Fact]
    public void A_position_older_than_the_oldest_remembered_deletion_gets_a_snapshot()
    {
        var grid = Create();
        using var cursor = new GridCursor(grid);
        var view = new View();
        const int count = 3 * Grid.FewestTombstones;
        grid.Apply(Set([.. Enumerable.Range(0, count).Select(i => ($"{i}", Cell.Of((long)i)))]));
        view.ReadToEnd(grid, cursor);
        for (var i = 0; i < count - 1; i++)
        {
            var change = new GridChange();
            change.Delete.Add($"{i}");
            grid.Apply(change);
        }

        view.Read(grid, cursor).IsFirst.ShouldBeTrue();
        view.ReadToEnd(grid, cursor);
        view.Rows.Keys.ShouldBe([$"{count - 1}"]);
        budget.Used.ShouldBeLessThan((Grid.FewestTombstones + 2) * 300L);
    }

    [Fact]
    public void Grids_beyond_the_memory_limit_are_refused_by_name()
    {
        var grid = new Grid(Definition, new MemoryBudget(1024 * 1024));
        var error = Should.Throw<GridsTooLargeException>(() => grid.Apply(Set(("k", Cell.Of(new string('x', 1024 * 1024))))));
        error.Message.ShouldContain("grid \"g\" has grown to 1 rows");
    }

    [Fact]
    public void Memory_is_given_back_when_rows_go()
    {
        var grid = Create();
        grid.Apply(Set([.. Enumerable.Range(0, 100).Select(i => ($"{i}", Cell.Of("text")))]));
        budget.Used.ShouldBeGreaterThan(0);
        grid.Remove();
        budget.Used.ShouldBe(0);
    }

    [Fact]
    public void Readers_that_read_at_any_time_in_chunks_of_any_size_end_with_the_rows_of_the_grid()
    {
        var operation = Gen.Int[0, 9].SelectMany(kind => Gen.Int[0, 30].Select(key => (kind, key)));
        operation.Array[1, 200].Sample(
            operations =>
            {
                var grid = Create();
                var model = new Dictionary<string, Cell>(StringComparer.Ordinal);
                GridCursor[] cursors = [new(grid), new(grid), new(grid)];
                View[] views = [new(), new(), new()];
                var value = 0L;
                foreach (var (kind, number) in operations)
                {
                    var key = $"k{number}";
                    switch (kind)
                    {
                        case < 4:
                            model[key] = Cell.Of(++value);
                            grid.Apply(Set((key, Cell.Of(value))));
                            break;
                        case < 6:
                            model.Remove(key);
                            var change = new GridChange();
                            change.Delete.Add(key);
                            grid.Apply(change);
                            break;
                        case 6 when number < 3:
                            model.Clear();
                            model[key] = Cell.Of(++value);
                            var clear = Set((key, Cell.Of(value)));
                            clear.Clear = true;
                            grid.Apply(clear);
                            break;
                        default:
                            views[number % 3].Read(grid, cursors[number % 3], maximumBytes: number);
                            break;
                    }
                }

                for (var i = 0; i < views.Length; i++)
                {
                    views[i].ReadToEnd(grid, cursors[i], maximumBytes: 10);
                    if (!Same(views[i].Rows, model))
                        return false;
                    cursors[i].Dispose();
                }

                return Same(grid.Copy(RowFilter.All).Rows.ToDictionary(r => r.Key, r => r.Value[0]), model);
            },
            iter: 2000);
    }

    private static bool Same(Dictionary<string, Cell> left, Dictionary<string, Cell> right) =>
        left.Count == right.Count && left.All(row => right.TryGetValue(row.Key, out var cell) && cell.Equals(row.Value));

    private static GridChange Set(params (string Key, Cell Cell)[] rows)
    {
        var change = new GridChange();
        foreach (var (key, cell) in rows)
            change.Set[key] = [cell];
        return change;
    }

    private Grid Create() => new(Definition, budget);

    /// <summary>What a client has that does as the events say.</summary>
    private sealed class View : IRowSink
    {
        private readonly List<(string Key, Cell? Cell)> chunk = [];

        public Dictionary<string, Cell> Rows { get; } = new(StringComparer.Ordinal);

        public int Length { get; private set; }

        public void Begin(ReadKind kind) => Length = 0;

        public void Upsert(string key, Cell[] cells) => Take(key, cells[0]);

        public void Delete(string key) => Take(key, null);

        public ReadStep Read(Grid grid, GridCursor cursor, int maximumBytes = 1_000_000)
        {
            chunk.Clear();
            var step = grid.Read(cursor, RowFilter.All, maximumBytes, this);
            if (step.IsFirst)
                Rows.Clear();
            foreach (var (key, cell) in chunk)
            {
                if (cell is { } value)
                    Rows[key] = value;
                else
                    Rows.Remove(key);
            }

            return step;
        }

        public void ReadToEnd(Grid grid, GridCursor cursor, int maximumBytes = 1_000_000)
        {
            while (!Read(grid, cursor, maximumBytes).IsLast)
            {
                // the next chunk
            }
        }

        private void Take(string key, Cell? cell)
        {
            chunk.Add((key, cell));
            Length += 4;
        }
    }
}
