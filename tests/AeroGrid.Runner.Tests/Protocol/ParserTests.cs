using System.Text;
using System.Text.Json;

using AeroGrid.Runner.Grids;
using AeroGrid.Runner.Protocol;

namespace AeroGrid.Runner.Tests.Protocol;

public sealed class ParserTests
{
    private static readonly GridDefinition Grid = new("g", [new Column("a", ColumnType.Any)]);

    [Theory]
    [InlineData("null", CellKind.Null)]
    [InlineData("true", CellKind.Bool)]
    [InlineData("9223372036854775807", CellKind.Int64)]
    [InlineData("9223372036854775808", CellKind.Error)]
    [InlineData("1.0", CellKind.Double)]
    [InlineData("1e400", CellKind.Double)]
    [InlineData("\"x\"", CellKind.String)]
    [InlineData("{\"t\":\"2026-11-25T13:00:00.123456Z\"}", CellKind.Timestamp)]
    [InlineData("{\"n\":\"-Infinity\"}", CellKind.Double)]
    [InlineData("{\"e\":\"no price\"}", CellKind.Error)]
    internal void Every_form_of_a_cell_is_read(string json, CellKind kind) => Parse($"[{json}]")[0].Kind.ShouldBe(kind);

    [Fact]
    public void Microseconds_of_a_timestamp_are_kept() =>
        Parse("""[{"t":"2026-11-25T13:00:00.123456Z"}]""")[0].AsTimestamp.ShouldBe(new DateTime(2026, 11, 25, 13, 0, 0, 123, 456, DateTimeKind.Utc));

    [Fact]
    public void Single_surrogates_of_Python_become_replacement_characters() =>
        Parse("""["a\ud800\n\"b"]""")[0].AsString.ShouldBe("a\uFFFD\n\"b");

    [Theory]
    [InlineData("[1,2]", "2 cells; the grid has 1 columns")]
    [InlineData("[]", "0 cells; the grid has 1 columns")]
    [InlineData("7", "a row must be a list of cells")]
    [InlineData("[[1]]", "a cell is a list")]
    [InlineData("[{}]", "empty object")]
    [InlineData("[{\"t\":\"yesterday\"}]", "timestamp")]
    [InlineData("[{\"n\":\"many\"}]", "the number")]
    [InlineData("[{\"e\":\"a\",\"f\":1}]", "one field")]
    public void A_row_that_is_not_as_the_protocol_says_is_refused(string row, string why) =>
        Should.Throw<ProtocolException>(() => Parse(row)).Message.ShouldContain(why);

    [Fact]
    public void Rows_and_keys_that_are_too_long_are_refused()
    {
        Should.Throw<ProtocolException>(() => Parse($"[\"{new string('x', 1024 * 1024)}\"]")).Message.ShouldContain("1048576 are allowed");
        Should.Throw<ProtocolException>(() => Parse("[1]", new string('k', 1025))).Message.ShouldContain("1024 are allowed");
    }

    [Fact]
    public void Changes_of_an_unknown_grid_are_refused() =>
        Should.Throw<ProtocolException>(() => ChangesParser.Parse("""{"type":"changes","grids":[{"grid":"h"}]}"""u8, _ => null)).Message.ShouldContain("hello did not name");

    [Theory]
    [InlineData("", "", "protocol")]
    [InlineData("\"protocol\":2,", "", "different releases")]
    [InlineData("\"protocol\":1,", """,{"name":"_errors","columns":[]}""", "AeroGrid's own")]
    [InlineData("\"protocol\":1,", """,{"name":"a/b","columns":[]}""", "without control characters")]
    [InlineData("\"protocol\":1,", """,{"name":"g","columns":[]}""", "two grids are named")]
    [InlineData("\"protocol\":1,", """,{"name":"h","columns":[{"name":"key","type":"any"}]}""", "choose another")]
    [InlineData("\"protocol\":1,", """,{"name":"h","columns":[{"name":"a","type":"decimal"}]}""", "column type \"decimal\"")]
    [InlineData("\"protocol\":1,", ",7", "wanted in an object")]
    public void A_hello_beyond_the_limits_is_refused(string protocol, string grid, string why)
    {
        using var hello = JsonDocument.Parse($$"""{"type":"hello",{{protocol}}"app":"a","topics":[],"streams":[],"grids":[{"name":"g","columns":[]}{{grid}}]}""");
        Should.Throw<ProtocolException>(() => HelloParser.Parse(hello.RootElement)).Message.ShouldContain(why);
    }

    [Theory]
    [InlineData("[]", "not a JSON object")]
    [InlineData("{}", "without a type")]
    [InlineData("{\"type\":1}", "without a type")]
    [InlineData("hello", "not JSON")]
    [InlineData("", "not JSON")]
    public void A_frame_that_is_no_message_is_refused(string frame, string why) =>
        Should.Throw<ProtocolException>(() => MessageType.Of(Encoding.UTF8.GetBytes(frame))).Message.ShouldContain(why);

    [Fact]
    public async Task Frames_are_read_however_they_are_cut_and_their_length_is_limited()
    {
        var reader = new FrameReader(new MemoryStream([0, 0, 0, 1, (byte)'a', 0, 0, 0, 2, (byte)'b', (byte)'c', 0xFF, 0, 0, 0]));
        Encoding.ASCII.GetString((await reader.ReadAsync(default))!.Value.Span).ShouldBe("a");
        Encoding.ASCII.GetString((await reader.ReadAsync(default))!.Value.Span).ShouldBe("bc");
        (await Should.ThrowAsync<ProtocolException>(async () => await reader.ReadAsync(default))).Message.ShouldContain("67108864");
        (await new FrameReader(new MemoryStream([])).ReadAsync(default)).ShouldBeNull();
        (await Should.ThrowAsync<ProtocolException>(async () => await new FrameReader(new MemoryStream([0, 0])).ReadAsync(default))).Message.ShouldContain("inside a frame");
    }

    private static Cell[] Parse(string row, string key = "k") =>
        ChangesParser.Parse(Encoding.UTF8.GetBytes($$"""{"type":"changes","grids":[{"set":{"{{key}}":{{row}}},"grid":"g"}]}"""), _ => Grid)[0].Change.Set[key];
}
