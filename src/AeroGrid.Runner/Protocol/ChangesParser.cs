using System.Globalization;
using System.Text.Json;

using AeroGrid.Runner.Grids;

namespace AeroGrid.Runner.Protocol;

/// <summary>Reads <c>changes</c>, the message that comes most, without a tree of objects between.</summary>
internal static class ChangesParser
{
    public const int LongestKey = 1024;

    /// <summary>Bytes of JSON that a row may have, so that it fits into an event of every transport.</summary>
    public const int LargestRow = 1024 * 1024;

    /// <summary>The changes of each grid in turn.</summary>
    /// <param name="frame">The whole message.</param>
    /// <param name="grids">The columns of a grid by its name; null when there is none of that name.</param>
    /// <exception cref="ProtocolException">It is not as the protocol says.</exception>
    public static List<(string Grid, GridChange Change)> Parse(ReadOnlySpan<byte> frame, Func<string, GridDefinition?> grids)
    {
        List<(string, GridChange)> changes = [];
        var reader = new Utf8JsonReader(frame);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!reader.ValueTextEquals("grids"u8))
            {
                reader.Read();
                reader.Skip();
                continue;
            }

            Expect(ref reader, JsonTokenType.StartArray, "grids must be a list");
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                changes.Add(ParseGrid(ref reader, grids));
        }

        return changes;
    }

    private static (string, GridChange) ParseGrid(ref Utf8JsonReader reader, Func<string, GridDefinition?> grids)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new ProtocolException("grids must hold objects");
        string? name = null;
        var change = new GridChange();
        var width = -1;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("grid"u8))
            {
                Expect(ref reader, JsonTokenType.String, "grid must be a text");
                name = JsonText.Decode(ref reader);
            }
            else if (reader.ValueTextEquals("clear"u8))
            {
                reader.Read();
                change.Clear = reader.TokenType == JsonTokenType.True;
            }
            else if (reader.ValueTextEquals("set"u8))
            {
                ParseSet(ref reader, change, ref width);
            }
            else if (reader.ValueTextEquals("delete"u8))
            {
                Expect(ref reader, JsonTokenType.StartArray, "delete must be a list");
                while (reader.Read() && reader.TokenType == JsonTokenType.String)
                    change.Delete.Add(Key(ref reader));
                if (reader.TokenType != JsonTokenType.EndArray)
                    throw new ProtocolException("delete must hold texts");
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        var definition = name is null ? null : grids(name);
        if (definition is null)
            throw new ProtocolException($"changes for a grid \"{Excerpt.Of(name ?? "")}\", which hello did not name");
        if (width >= 0 && width != definition.Columns.Count)
            throw new ProtocolException($"a row of grid \"{name}\" has {width} cells; the grid has {definition.Columns.Count} columns");
        return (name!, change);
    }

    private static void ParseSet(ref Utf8JsonReader reader, GridChange change, ref int width)
    {
        Expect(ref reader, JsonTokenType.StartObject, "set must be an object");
        List<Cell> cells = [];
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = Key(ref reader);
            Expect(ref reader, JsonTokenType.StartArray, "a row must be a list of cells");
            var start = reader.TokenStartIndex;
            cells.Clear();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                cells.Add(ParseCell(ref reader));
            if (reader.TokenStartIndex - start > LargestRow)
                throw new ProtocolException($"row \"{Excerpt.Of(key)}\" has {reader.TokenStartIndex - start} bytes; {LargestRow} are allowed");
            if (width >= 0 && width != cells.Count)
                throw new ProtocolException($"row \"{Excerpt.Of(key)}\" has {cells.Count} cells, others have {width}");
            width = cells.Count;
            change.Set[key] = [.. cells];
        }
    }

    private static string Key(ref Utf8JsonReader reader)
    {
        var key = JsonText.Decode(ref reader);
        return key.Length <= LongestKey ? key : throw new ProtocolException($"the key \"{Excerpt.Of(key)}\" has {key.Length} characters; {LongestKey} are allowed");
    }

    private static Cell ParseCell(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.Null => Cell.Null,
        JsonTokenType.True => Cell.Of(true),
        JsonTokenType.False => Cell.Of(false),
        JsonTokenType.String => Cell.Of(JsonText.Decode(ref reader)),
        JsonTokenType.Number => ParseNumber(ref reader),
        JsonTokenType.StartObject => ParseSpecial(ref reader),
        _ => throw new ProtocolException("a cell is a list"),
    };

    private static Cell ParseNumber(ref Utf8JsonReader reader)
    {
        if (reader.ValueSpan.IndexOfAny((byte)'.', (byte)'e', (byte)'E') >= 0)
            return Cell.Of(reader.GetDouble());
        return reader.TryGetInt64(out var number) ? Cell.Of(number) : Cell.OfError("a whole number outside 64 bits");
    }

    private static Cell ParseSpecial(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.PropertyName, "a cell is an empty object");
        var form = reader.ValueSpan.Length == 1 ? reader.ValueSpan[0] : (byte)0;
        Expect(ref reader, JsonTokenType.String, "a cell that is an object has one field with a text");
        var text = JsonText.Decode(ref reader);
        Expect(ref reader, JsonTokenType.EndObject, "a cell that is an object has one field");
        return form switch
        {
            (byte)'e' => Cell.OfError(text),
            (byte)'n' => text switch
            {
                "NaN" => Cell.Of(double.NaN),
                "Infinity" => Cell.Of(double.PositiveInfinity),
                "-Infinity" => Cell.Of(double.NegativeInfinity),
                _ => throw new ProtocolException($"the number \"{Excerpt.Of(text)}\"; NaN, Infinity and -Infinity are known"),
            },
            (byte)'t' => ParseTimestamp(text),
            _ => throw new ProtocolException("a cell that is an object has the field t, n or e"),
        };
    }

    private static Cell ParseTimestamp(string text) =>
        text.EndsWith('Z') && DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal, out var time)
            ? Cell.Of(time)
            : throw new ProtocolException($"the timestamp \"{Excerpt.Of(text)}\" is not like 2026-11-25T13:00:00.123456Z");

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type, string otherwise)
    {
        if (!reader.Read() || reader.TokenType != type)
            throw new ProtocolException(otherwise);
    }
}
