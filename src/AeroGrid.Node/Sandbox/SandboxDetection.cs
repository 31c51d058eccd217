using System.ComponentModel;
using System.IO.Pipes;

namespace AeroGrid.Node.Sandbox;

/// <summary>Chooses the strongest way to run processes that works on this machine, by trying it.</summary>
internal static class SandboxDetection
{
    /// <summary>The sandbox, and the launcher that it uses.</summary>
    /// <param name="tools">The machine's programs.</param>
    /// <param name="nodeFolder">The folder beneath which all sources of mounts of ours are.</param>
    /// <param name="nodeId">Marks what this node starts.</param>
    /// <param name="machineUser">A user that a trial runs as; null where users cannot be changed.</param>
    /// <param name="cancellationToken">Ends the trial.</param>
    public static async Task<ISandbox> DetectAsync(MachineTools tools, string nodeFolder, string nodeId, uint? machineUser, CancellationToken cancellationToken)
    {
        var launcher = new Launcher(tools, nodeFolder, nodeId);
        if (tools.Bubblewrap is null)
            return new PlainSandbox(tools, launcher, "bubblewrap (bwrap) is not installed.");

        // --size came with bubblewrap 0.7; older ones still are in use.
        var failure = "";
        foreach (var canSize in new[] { true, false })
        {
            var sandbox = new BubblewrapSandbox(tools, launcher, canSize);
            var (works, said) = await TryAsync(sandbox, machineUser, cancellationToken).ConfigureAwait(false);
            if (works)
                return sandbox;
            failure = said;
        }

        return new PlainSandbox(tools, launcher, $"bubblewrap does not work here: {failure}");
    }

    private static async Task<(bool Works, string Said)> TryAsync(BubblewrapSandbox sandbox, uint? machineUser, CancellationToken cancellationToken)
    {
        using var output = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.None);
        try
        {
            var process = sandbox.Start(new()
            {
                Command = ["/bin/sh", "-c", "exit 42"],
                Environment = new Dictionary<string, string>(),
                MachineUser = machineUser,
                Error = output.ClientSafePipeHandle,
            });
            output.DisposeLocalCopyOfClientHandle();
            using var reader = new StreamReader(output);
            var said = await reader.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
            var code = await process.Exited.WaitAsync(cancellationToken).ConfigureAwait(false);
            return (code == 42, said.Trim() is { Length: > 0 } text ? text : $"it ended with {code}");
        }
        catch (Win32Exception e)
        {
            return (false, e.Message);
        }
    }
}
