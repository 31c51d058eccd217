using System.Diagnostics;

namespace AeroGrid.TestKit;

/// <summary>Outcome of a command.</summary>
public sealed record CommandResult(int ExitCode, string Output, string Error)
{
    /// <inheritdoc/>
    public override string ToString() => $"exit code {ExitCode}\n--- output\n{Output}\n--- error\n{Error}";
}

/// <summary>Runs programs as a shell would: no terminal, no input.</summary>
public static class Command
{
    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="TimeoutException">It did not end within two minutes; it was killed.</exception>
    public static async Task<CommandResult> RunAsync(string program, IEnumerable<string> arguments, Dictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var (name, value) in environment ?? [])
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException e)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end:\n{await output}\n{await error}", e);
        }

        return new CommandResult(process.ExitCode, await output, await error);
    }
}
