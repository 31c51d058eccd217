using System.Globalization;
using System.Text;

using AeroGrid.Runner.Grids;
using AeroGrid.Runner.Protocol;

using Confluent.Kafka;

namespace AeroGrid.Runner.Sessions;

/// <summary>The grid <c>_errors</c>: the newest records that did not fit their type. Thread-safe.</summary>
internal sealed class ErrorGrid(TimeProvider time)
{
    public const string Name = "_errors";

    private const int MostRows = 1000;
    private const int ExcerptLength = 200;

    private readonly Lock gate = new();
    private readonly LinkedList<string> order = new();
    private readonly Dictionary<string, LinkedListNode<string>> known = new(StringComparer.Ordinal);

    public static GridDefinition Definition { get; } = new(
        Name,
        [
            new("time", ColumnType.Timestamp), new("topic", ColumnType.String), new("partition", ColumnType.Int64), new("offset", ColumnType.Int64),
            new("record_key", ColumnType.String), new("message", ColumnType.String), new("field", ColumnType.String), new("value", ColumnType.String),
        ]);

    /// <summary>Adds a record; the same record again, after a restart of the app, stays one row.</summary>
    /// <param name="grid">The grid of this name.</param>
    /// <param name="topic">Where it was read.</param>
    /// <param name="partition">Its partition.</param>
    /// <param name="offset">Its offset.</param>
    /// <param name="record">The record; null when it is not known any more.</param>
    /// <param name="message">What is wrong.</param>
    /// <param name="field">The field that is wrong, or null.</param>
    public void Add(Grid grid, string topic, int partition, long offset, ConsumeResult<byte[]?, byte[]?>? record, string message, string? field)
    {
        var key = string.Create(CultureInfo.InvariantCulture, $"{topic}/{partition}/{offset}");
        var change = new GridChange();
        change.Set[key] =
        [
            Cell.Of(time.GetUtcNow().UtcDateTime), Cell.Of(topic), Cell.Of((long)partition), Cell.Of(offset),
            Text(record?.Message.Key), Cell.Of(Excerpt.Of(message, 1000)), field is null ? Cell.Null : Cell.Of(Excerpt.Of(field)), Text(record?.Message.Value),
        ];
        lock (gate)
        {
            if (known.Remove(key, out var node))
                order.Remove(node);
            known[key] = order.AddLast(key);
            while (order.Count > MostRows)
            {
                var oldest = order.First!.Value;
                order.RemoveFirst();
                known.Remove(oldest);
                change.Delete.Add(oldest);
            }

            grid.Apply(change);
        }
    }

    private static Cell Text(byte[]? bytes) =>
        bytes is null ? Cell.Null : Cell.Of(Excerpt.Of(Encoding.UTF8.GetString(bytes.AsSpan(0, Math.Min(bytes.Length, 4 * ExcerptLength))), ExcerptLength));
}
