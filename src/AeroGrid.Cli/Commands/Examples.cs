using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Runtime.CompilerServices;

namespace AeroGrid.Cli.Commands;

/// <summary>Examples below the help of a command.</summary>
internal static class Examples
{
    private static readonly ConditionalWeakTable<Command, string> Texts = [];

    /// <summary>Gives a command its examples, one a line.</summary>
    public static T Of<T>(T command, string examples)
        where T : Command
    {
        Texts.AddOrUpdate(command, examples);
        return command;
    }

    /// <summary>The examples of a command; null when it has none.</summary>
    public static string? Find(Command command) => Texts.TryGetValue(command, out var text) ? text : null;

    /// <summary>Makes <c>--help</c> of all commands end with their examples.</summary>
    public static void ShowInHelp(RootCommand root)
    {
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
    }

    private sealed class HelpWithExamples(HelpAction inner) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var code = inner.Invoke(parseResult);
            if (Find(parseResult.CommandResult.Command) is { } examples)
            {
                var output = parseResult.InvocationConfiguration.Output;
                output.WriteLine("Examples:");
                foreach (var line in examples.Split('\n'))
                {
                    output.WriteLine($"  {line}");
                }

                output.WriteLine();
            }

            return code;
        }
    }
}
