using System.CommandLine;

namespace AeroGrid.Cli.Commands;

/// <summary><c>aerogrid completion bash|zsh</c>: a script that asks the command line itself (directive <c>[suggest]</c> of System.CommandLine).</summary>
internal static class CompletionCommand
{
    // The shell gives the words and the cursor's place; the answer is one candidate a line. Errors must not disturb the prompt.
    private const string Bash =
        """
        _aerogrid() {
            local IFS=$'\n' current="${COMP_WORDS[COMP_CWORD]}"
            COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "$current"))
        }
        complete -o default -F _aerogrid aerogrid ./aerogrid
        """;

    private const string Zsh =
        """
        _aerogrid() {
            local -a candidates
            candidates=("${(@f)$("${words[1]}" "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)}")
            (( ${#candidates[1]} )) && compadd -- "${candidates[@]}" || _files
        }
        compdef _aerogrid aerogrid ./aerogrid
        """;

    public static Command Create()
    {
        var shell = new Argument<string>("shell") { Description = "bash or zsh." };
        shell.AcceptOnlyFromAmong("bash", "zsh");
        var command = new Command("completion", "Print a script that completes commands, options and names of apps.") { shell };
        command.SetAction(parsed =>
        {
            parsed.InvocationConfiguration.Output.WriteLine(parsed.GetRequiredValue(shell) == "bash" ? Bash : Zsh);
            return 0;
        });
        return Examples.Of(
            command,
            """
            source <(aerogrid completion bash)        in ~/.bashrc
            source <(aerogrid completion zsh)         in ~/.zshrc, after compinit
            """);
    }
}
