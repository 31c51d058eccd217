using System.IO.Pipes;

using AeroGrid.Node.Images;
using AeroGrid.Node.Logs;
using AeroGrid.Node.Network;
using AeroGrid.Node.Sandbox;

namespace AeroGrid.Node.Kubelet;

/// <summary>How a container ended.</summary>
/// <param name="ExitCode">As shells count it.</param>
/// <param name="IsOutOfMemory">Whether the kernel killed one of its processes because its memory limit was reached.</param>
internal readonly record struct ContainerExit(int ExitCode, bool IsOutOfMemory);

/// <summary>One run of a container: its process and what it holds.</summary>
internal sealed class RunningContainer(
    NodeContext node, SandboxSpec spec, SandboxProcess process, ImageLease image, LogFolder logs, LogWriter log, ContainerOutput output, string terminationFile)
{
    private long _processRefusals;

    /// <summary>Random, as container runtimes have it.</summary>
    public string Id { get; } = $"aerogrid://{Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32))}";

    public string ImageId => image.Id;

    public SandboxProcess Process => process;

    /// <summary>Ports as this run was told them.</summary>
    public required PodPortMap Ports { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The restart count that names its log.</summary>
    public required int Run { get; init; }

    /// <summary>Where the process may leave a message.</summary>
    public string TerminationFile => terminationFile;

    public LogWriter Log => log;

    /// <summary>How often it was refused a further process since this was last asked. Not thread-safe.</summary>
    public long NewProcessRefusals()
    {
        var all = spec.Cgroup?.ProcessRefusals ?? _processRefusals;
        var fresh = all - _processRefusals;
        _processRefusals = all;
        return fresh;
    }

    /// <summary>Waits for the end, and lets go of everything but the log files.</summary>
    public async Task<ContainerExit> FinishAsync()
    {
        var code = await process.Exited.ConfigureAwait(false);
        process.Kill();
        await output.EndAsync(node.Time).ConfigureAwait(false);
        log.Dispose();
        var kills = spec.Cgroup?.OomKills ?? 0;
        if (spec.Cgroup is { } cgroup)
            await cgroup.RemoveAsync(node.Time, CancellationToken.None).ConfigureAwait(false);
        image.Dispose();
        return new(code, kills > 0);
    }

    /// <summary>Runs a command inside: exit code and the beginning of its output; no exit code when it took longer than allowed.</summary>
    public async Task<(int? ExitCode, string Output)> ExecAsync(IReadOnlyList<string> command, TimeSpan timeout, CancellationToken cancellationToken)
    {
        const int MaxOutput = 10 * 1024;
        using var limit = new CancellationTokenSource(timeout, node.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var pipe = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.None);
        await using (pipe.ConfigureAwait(false))
        {
            SandboxProcess? child = null;
            var buffer = new byte[MaxOutput];
            var length = 0;
            try
            {
                child = await node.Sandbox.StartInsideAsync(
                    process, spec with { Command = command, Output = pipe.ClientSafePipeHandle, Error = pipe.ClientSafePipeHandle }, both.Token).ConfigureAwait(false);
                pipe.DisposeLocalCopyOfClientHandle();
                while (length < MaxOutput && await pipe.ReadAsync(buffer.AsMemory(length), both.Token).ConfigureAwait(false) is > 0 and var count)
                    length += count;
                return (await child.Exited.WaitAsync(both.Token).ConfigureAwait(false), Text());
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return (null, Text());
            }
            catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
            {
                return (255, e.Message);
            }
            finally
            {
                child?.KillAlone();
            }

            string Text() => System.Text.Encoding.UTF8.GetString(buffer, 0, length).Trim();
        }
    }

    /// <summary>The last lines of the output.</summary>
    public Task<string> TailAsync(long lines, int maxBytes) => new LogReader(logs, Run, log).TailAsync(lines, maxBytes, CancellationToken.None);
}
