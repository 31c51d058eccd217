using AeroGrid.Operator.Apps.Rollouts;

namespace AeroGrid.Operator.Tests.Apps.Rollouts;

public sealed class LastOutputTests
{
    [Fact]
    public void Only_the_last_twenty_lines_are_kept() =>
        LastOutput.Of(string.Join('\n', Enumerable.Range(1, 30))).ShouldBe(string.Join('\n', Enumerable.Range(11, 20)));

    [Fact]
    public void Escape_sequences_lose_their_power() => LastOutput.Of("\u001b[2Jcleared\u0007\tend\r\n").ShouldBe("[2Jcleared\tend");

    [Fact]
    public void One_endless_line_is_cut()
    {
        var output = LastOutput.Of(new string('x', 100_000));

        output.Length.ShouldBe(4096);
        output.ShouldStartWith("…");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" \n\n")]
    public void Nothing_is_nothing(string? output) => LastOutput.Of(output).ShouldBe("");
}
