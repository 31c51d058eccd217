using System.IO.Pipes;

using AeroGrid.Node.Logs;

namespace AeroGrid.Node.Kubelet;

/// <summary>The pipes between a container's standard output and error and its log.</summary>
internal sealed class ContainerOutput : IDisposable
{
    /// <summary>A process that has left its session may hold the output open when there is no process namespace that ends it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly AnonymousPipeServerStream _output = new(PipeDirection.In, HandleInheritability.None);
    private readonly AnonymousPipeServerStream _error = new(PipeDirection.In, HandleInheritability.None);
    private Task _pumps = Task.CompletedTask;

    /// <summary>The ends for the container's process.</summary>
    public (Microsoft.Win32.SafeHandles.SafePipeHandle Output, Microsoft.Win32.SafeHandles.SafePipeHandle Error) Ends =>
        (_output.ClientSafePipeHandle, _error.ClientSafePipeHandle);

    /// <summary>The process has its ends: from now on what it writes goes to the log.</summary>
    public void Begin(LogWriter log)
    {
        _output.DisposeLocalCopyOfClientHandle();
        _error.DisposeLocalCopyOfClientHandle();
        _pumps = Task.WhenAll(log.PumpAsync(_output, "stdout"), log.PumpAsync(_error, "stderr"));
    }

    /// <summary>Takes the rest of the output of a process that has ended.</summary>
    public async Task EndAsync(TimeProvider time)
    {
        await Task.WhenAny(_pumps, Task.Delay(Patience, time)).ConfigureAwait(false);
        Dispose();
        await _pumps.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }
}
