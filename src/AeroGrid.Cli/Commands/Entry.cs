using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using AeroGrid.Cli.Broker;
using AeroGrid.Cli.Grids;
using AeroGrid.Cli.Output;
using AeroGrid.Cli.Up;

namespace AeroGrid.Cli.Commands;

/// <summary>Puts the commands together and turns every failure that a person can mend into one line and exit code 1.</summary>
internal static class Entry
{
    /// <summary>Runs a command line and returns the exit code: 0 done, 1 failed, 2 not understood.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var parsed = Root().Parse(args);
        if (parsed.Action is ParseErrorAction)
        {
            return ReportUsage(parsed);
        }

        try
        {
            // Without a limit of its own: `up` handles signals itself and stops in order, the other commands end as any program does.
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (Exception e) when (Failure.Explain(e) is { } line)
        {
            Console.Error.WriteLine($"aerogrid: {TerminalText.Block(line)}");
            return 1;
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C: the number that shells give to a program ended by SIGINT.
            return 130;
        }
    }

    /// <summary>All commands.</summary>
    public static RootCommand Root()
    {
        var root = new RootCommand("AeroGrid turns a few lines of Python into a running, secured app.")
        {
            UpCommand.Create(),
            DeployCommand.Create(),
            AppsCommand.Create(),
            GridsCommand.Create(),
            WatchCommand.Create(),
            LogsCommand.Create(),
            StateCommands.CreateStop(),
            StateCommands.CreateStart(),
            DeleteCommand.Create(),
            RollbackCommand.Create(),
            BrokerCommand.Create(),
            TokenCommand.Create(),
            UsersCommand.Create(),
            VersionCommand.Create(),
            CompletionCommand.Create(),
        };
        Examples.Of(
            root,
            """
            aerogrid up                               run the platform; leave it running
            aerogrid deploy samples/hello --wait      from a second terminal: deploy an app and print its URL
            aerogrid logs hello -f                    follow what it prints
            """);
        Examples.ShowInHelp(root);
        return root;
    }

    private static int ReportUsage(ParseResult parsed)
    {
        foreach (var error in parsed.Errors)
        {
            Console.Error.WriteLine($"aerogrid: {error.Message}");
        }

        var names = new List<string>();
        for (SymbolResult? result = parsed.CommandResult; result is CommandResult { Command: not RootCommand } command; result = command.Parent)
        {
            names.Insert(0, command.Command.Name);
        }

        Console.Error.WriteLine($"See `{string.Join(' ', ["aerogrid", .. names])} --help`.");
        return 2;
    }
}
