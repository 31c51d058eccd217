using AeroGrid.Cli.Output;

namespace AeroGrid.Cli.Tests.Output;

public sealed class TerminalTextTests
{
    [Theory]
    [InlineData("plain\tümläut 日本", "plain\tümläut 日本")]
    [InlineData("\u001b[2J\u001b]0;title\u0007", "\\x1b[2J\\x1b]0;title\\x07")]
    [InlineData("abc\u202edcba", "abc\\u202edcba")]
    [InlineData("a\nb\r", "a\\x0ab\\x0d")]
    public void A_line_shows_what_would_command_the_terminal(string text, string shown) => TerminalText.Line(text).ShouldBe(shown);

    [Fact]
    public void A_block_keeps_its_line_ends() => TerminalText.Block("a\nb\u001b").ShouldBe("a\nb\\x1b");
}
