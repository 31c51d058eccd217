using System.Runtime.CompilerServices;

namespace AeroGrid.Cli.Broker;

/// <summary>Records from text, one a line.</summary>
internal static class RecordLines
{
    /// <summary>The lines that are not empty.</summary>
    public static async IAsyncEnumerable<string> ReadAsync(TextReader input, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await input.ReadLineAsync(cancellationToken) is { } line)
        {
            if (!string.IsNullOrWhiteSpace(line))
            {
                yield return line;
            }
        }
    }
}
