using System.Text;

using k8s.Models;

namespace AeroGrid.Node.Kubelet;

/// <summary>
/// Why a container ended, in its own words (Kubernetes documentation, "Determine the Reason for Pod Failure"): what it wrote to its
/// termination log, at most 4096 bytes, or the end of its output.
/// </summary>
internal static class TerminationMessage
{
    private const int MaxBytes = 4096;
    private const int MaxLogBytes = 2048;
    private const int MaxLogLines = 80;

    /// <summary>The message; null when there is none.</summary>
    public static async Task<string?> ReadAsync(V1Container container, RunningContainer running, int exitCode)
    {
        var message = await ReadFileAsync(running.TerminationFile).ConfigureAwait(false);
        if (message.Length == 0 && exitCode != 0 && container.TerminationMessagePolicy == "FallbackToLogsOnError")
            message = await running.TailAsync(MaxLogLines, MaxLogBytes).ConfigureAwait(false);
        return message.Length == 0 ? null : message;
    }

    private static async Task<string> ReadFileAsync(string file)
    {
        try
        {
            var stream = File.OpenRead(file);
            await using (stream.ConfigureAwait(false))
            {
                var bytes = new byte[MaxBytes];
                var length = await stream.ReadAtLeastAsync(bytes, MaxBytes, throwOnEndOfStream: false).ConfigureAwait(false);
                return Encoding.UTF8.GetString(bytes, 0, length);
            }
        }
        catch (IOException)
        {
            // The pod's folder is gone already: it is being deleted by force, and nobody asks why it ended.
            return "";
        }
    }
}
