using AeroGrid.Cli.Commands;

namespace AeroGrid.Cli.Tests.Grids;

public sealed class WatchArgumentsTests
{
    [Theory]
    [InlineData("watch a g --once --follow", "exclude each other")]
    [InlineData("watch a g -o jsonl", "needs --follow")]
    [InlineData("watch a g -o csv", "need --once")]
    [InlineData("watch a g --follow -o json", "need --once")]
    [InlineData("watch a g --rate 0", "--rate")]
    [InlineData("watch a g --rate 1001", "--rate")]
    [InlineData("watch a", "Required argument")]
    [InlineData("broker tail orders -n 0", "-n")]
    [InlineData("broker send or/ders {}", "TOPIC")]
    public void What_cannot_be_is_refused_with_the_reason(string command, string reason) =>
        Entry.Root().Parse(command).Errors.Select(e => e.Message).ShouldContain(m => m.Contains(reason));

    [Theory]
    [InlineData("watch a g")]
    [InlineData("watch a g --once")]
    [InlineData("watch a g --once -o csv --columns x,y --prefix k")]
    [InlineData("watch a g --follow -o jsonl --rate 0.5")]
    [InlineData("grids a -o yaml")]
    [InlineData("broker tail orders --from-beginning -n 3 -o json --broker localhost:9092")]
    public void What_can_be_is_understood(string command) => Entry.Root().Parse(command).Errors.ShouldBeEmpty();
}
