using System.CommandLine;
using AeroGrid.Cli.Commands;

namespace AeroGrid.Cli.Tests.Commands;

public sealed class HelpTests
{
    public static TheoryData<string> Commands => [.. Paths(Entry.Root(), "")];

    [Theory]
    [MemberData(nameof(Commands))]
    public void Every_command_has_help_with_an_example(string command)
    {
        var (code, output) = Run([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);

        code.ShouldBe(0);
        output.ShouldContain("Usage:");
        output.ShouldContain("Examples:");
        output.ShouldContain("aerogrid " + command);
    }

    [Theory]
    [InlineData("deploy")]
    [InlineData("apps")]
    [InlineData("grids")]
    [InlineData("watch")]
    [InlineData("logs")]
    [InlineData("stop")]
    [InlineData("start")]
    [InlineData("delete")]
    [InlineData("rollback")]
    [InlineData("token")]
    public void Every_user_command_takes_tenant_data_server_and_output(string name)
    {
        var command = Entry.Root().Subcommands.Single(c => c.Name == name);

        new[] { "--tenant", "--data", "--server", "--output" }.ShouldBeSubsetOf(command.Options.Select(o => o.Name));
    }

    [Theory]
    [InlineData("watch ")]
    [InlineData("watch app ")]
    [InlineData("grids ")]
    [InlineData("logs ")]
    public void Completion_without_a_platform_is_silent(string typed) =>
        Entry.Root().Parse($"{typed}--data /nowhere/at/all").GetCompletions(typed.Length).ShouldNotBeNull();

    private static IEnumerable<string> Paths(Command command, string path) =>
        command.Subcommands.SelectMany(c => (string[])[.. c.Subcommands.Count == 0 ? [$"{path}{c.Name}"] : Array.Empty<string>(), .. Paths(c, $"{path}{c.Name} ")]);

    private static (int Code, string Output) Run(string[] arguments)
    {
        var output = new StringWriter();
        var code = Entry.Root().Parse(arguments).Invoke(new InvocationConfiguration { Output = output, Error = output });
        return (code, output.ToString());
    }
}
