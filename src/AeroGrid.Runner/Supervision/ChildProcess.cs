using System.Diagnostics;
using System.Runtime.InteropServices;

using AeroGrid.Runner.Kafka;

namespace AeroGrid.Runner.Supervision;

/// <summary>
/// The app's Python, in a process group of its own so that what it started ends with it. Its output goes where the runner's goes, untouched. setsid
/// of util-linux makes the group: .NET starts processes in the runner's own.
/// </summary>
internal sealed partial class ChildProcess : IDisposable
{
    private const string SocketVariable = "AEROGRID_SOCKET";
    private const int Terminate = 15;
    private const int Kill9 = 9;

    private readonly Process process;

    private ChildProcess(Process process) => this.process = process;

    public int Id => process.Id;

    /// <summary>Completes when it has ended.</summary>
    public Task Ended => process.WaitForExitAsync();

    /// <summary>128 + N when a signal ended it. Only after <see cref="Ended"/>.</summary>
    public int ExitCode => process.ExitCode;

    /// <summary>Starts the command in the current folder.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">There is no such program.</exception>
    public static ChildProcess Start(IReadOnlyList<string> command, string socket)
    {
        var start = new ProcessStartInfo("setsid", command);
        foreach (var name in start.Environment.Keys.Where(KafkaSettings.IsSetting).ToList())
            start.Environment.Remove(name); // the code needs no secrets of the broker
        start.Environment[SocketVariable] = socket;
        return new ChildProcess(Process.Start(start)!);
    }

    /// <summary>SIGTERM to the group.</summary>
    public void AskToEnd() => Signal(Terminate);

    /// <summary>SIGKILL to the group; what is left of it, when the process itself has ended.</summary>
    public void Kill() => Signal(Kill9);

    public void Dispose()
    {
        Kill();
        process.Dispose();
    }

    /// <summary>A group that is no more is what was wanted.</summary>
    private void Signal(int signal) => _ = SendSignal(-process.Id, signal);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int process, int signal);
}
