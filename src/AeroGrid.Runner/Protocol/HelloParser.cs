using System.Text.Json;

using AeroGrid.Runner.Grids;

namespace AeroGrid.Runner.Protocol;

/// <summary>Reads <c>hello</c> and holds it against the limits of the protocol.</summary>
internal static class HelloParser
{
    public const int ProtocolVersion = 1;

    private const int LongestName = 128;
    private const int MostGrids = 256;
    private const int MostColumns = 256;
    private const int MostTopics = 64;
    private const int MostStreams = 64;

    /// <exception cref="ProtocolException">Something is missing or beyond a limit.</exception>
    public static Hello Parse(JsonElement hello)
    {
        if (!hello.TryGetProperty("protocol", out var protocol) || protocol.ValueKind != JsonValueKind.Number || !protocol.TryGetInt32(out var version) || version != ProtocolVersion)
            throw new ProtocolException($"hello must have protocol {ProtocolVersion}: the aerogrid package of the app and the platform are of different releases");
        var topics = List(hello, "topics", MostTopics, ParseTopic);
        var streams = List(hello, "streams", MostStreams, ParseStream);
        Unique(topics.Select(t => t.Name), "topic");
        Unique(streams.Select(s => s.Id), "stream");
        foreach (var stream in streams)
        {
            if (!topics.Any(t => t.Name == stream.Topic))
                throw new ProtocolException($"stream {stream.Id} reads topic \"{stream.Topic}\", which is not among the topics");
        }

        var grids = List(hello, "grids", MostGrids, ParseGrid);
        Unique(grids.Select(g => g.Name), "grid");
        var broker = hello.OptionalText("broker");
        if (broker is null && streams.Count > 0)
            throw new ProtocolException("the app reads topics, but names no broker: aerogrid.App(name, broker=\"HOST:PORT\")");
        return new Hello(Name(hello, "app"), broker, ParseStart(hello), topics, grids, streams);
    }

    private static StartMode ParseStart(JsonElement hello) => hello.OptionalText("start") switch
    {
        null or "beginning" => StartMode.Beginning,
        "committed" => StartMode.Committed,
        "end" => StartMode.End,
        var other => throw new ProtocolException($"start \"{other}\"; beginning, committed and end are known"),
    };

    private static TopicDefinition ParseTopic(JsonElement topic) => new(
        Name(topic, "name"),
        topic.Text("key") switch
        {
            "str" => KeyType.Text,
            "int" => KeyType.Int,
            "bytes" => KeyType.Bytes,
            "json" => KeyType.Json,
            var other => throw new ProtocolException($"key type \"{other}\"; str, int, bytes and json are known"),
        },
        topic.Text("value") switch
        {
            "json" => ValueType.Json,
            "str" => ValueType.Text,
            "bytes" => ValueType.Bytes,
            var other => throw new ProtocolException($"value type \"{other}\"; json, str and bytes are known"),
        });

    private static StreamDefinition ParseStream(JsonElement stream) =>
        new((int)stream.Integer("id", 0, int.MaxValue), Name(stream, "topic"), stream.OptionalText("function") ?? "");

    private static GridDefinition ParseGrid(JsonElement grid)
    {
        var name = Name(grid, "name");
        if (name[0] == GridDirectory.OwnPrefix)
            throw new ProtocolException($"grid \"{name}\": names that begin with \"{GridDirectory.OwnPrefix}\" are AeroGrid's own");
        var columns = List(grid, "columns", MostColumns, ParseColumn);
        Unique(columns.Select(c => c.Name), $"column of grid \"{name}\"");
        if (columns.Any(c => c.Name == "key"))
            throw new ProtocolException($"grid \"{name}\" has a column \"key\", which is the name of the row's key in tables: choose another");
        return new GridDefinition(name, columns);
    }

    private static Column ParseColumn(JsonElement column) => new(
        Name(column, "name"),
        column.OptionalText("type") switch
        {
            null or "any" => ColumnType.Any,
            "bool" => ColumnType.Bool,
            "int64" => ColumnType.Int64,
            "double" => ColumnType.Double,
            "string" => ColumnType.String,
            "timestamp" => ColumnType.Timestamp,
            var other => throw new ProtocolException($"column type \"{other}\"; any, bool, int64, double, string and timestamp are known"),
        });

    private static string Name(JsonElement element, string field)
    {
        var name = element.Text(field);
        if (name.Length is 0 or > LongestName || name.Any(c => char.IsControl(c) || c == '/'))
            throw new ProtocolException($"{field} \"{Excerpt.Of(name)}\" must have 1 to {LongestName} characters, without control characters and \"/\"");
        return name;
    }

    private static List<T> List<T>(JsonElement element, string field, int most, Func<JsonElement, T> parse)
    {
        if (!element.TryGetProperty(field, out var list) || list.ValueKind != JsonValueKind.Array)
            throw new ProtocolException($"{field} must be a list");
        if (list.GetArrayLength() > most)
            throw new ProtocolException($"{list.GetArrayLength()} {field}; at most {most} are allowed");
        return [.. list.EnumerateArray().Select(parse)];
    }

    private static void Unique<T>(IEnumerable<T> names, string what)
    {
        var seen = new HashSet<T>();
        foreach (var name in names)
        {
            if (!seen.Add(name))
                throw new ProtocolException($"two {what}s are named \"{name}\"");
        }
    }
}
