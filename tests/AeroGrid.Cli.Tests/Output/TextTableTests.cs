using AeroGrid.Cli.Output;

namespace AeroGrid.Cli.Tests.Output;

public sealed class TextTableTests
{
    [Fact]
    public void Columns_are_as_wide_as_their_widest_cell_and_lines_have_no_trailing_blanks()
    {
        var output = new StringWriter();

        TextTable.Write(output, ["NAME", "URL"], [["a-long-name", "-"], ["b", "http://x"]]);

        output.ToString().ReplaceLineEndings("\n").ShouldBe("NAME          URL\na-long-name   -\nb             http://x\n");
    }
}
