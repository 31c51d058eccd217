using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Text;

using AeroGrid.Node.Sandbox.Native;

namespace AeroGrid.Node.Sandbox;

/// <summary>
/// Runs plain processes, for machines without bubblewrap: a session of their own, limits where the machine has them, and a user of their own
/// when the platform is root. They see the machine's files, so paths inside are rewritten to paths of the machine where the working folder,
/// arguments and variables name them.
/// </summary>
internal sealed class PlainSandbox(MachineTools tools, Launcher launcher, string reason) : ISandbox
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Weaknesses { get; } =
    [
        $"Pods are not isolated from the machine's files and processes: {reason}",
        .. tools.CanChangeUser ? [] : new[] { "Pods share the platform's user." },
    ];

    /// <inheritdoc/>
    public SandboxProcess Start(SandboxSpec spec)
    {
        // Variables come through a pipe: in the command line others could read them, and in the environment of the launcher a variable
        // such as LD_PRELOAD would be obeyed by programs that still run as root.
        var variables = new AnonymousPipeServerStream(PipeDirection.Out, HandleInheritability.None);
        try
        {
            Dictionary<int, SafeHandle> descriptors = new() { [3] = variables.ClientSafePipeHandle };
            if (spec.Output is not null)
                descriptors[1] = spec.Output;
            if (spec.Error is not null)
                descriptors[2] = spec.Error;
            var child = launcher.Start(
                spec,
                [tools.Shell, "-c", "cd -- \"$1\" && shift && eval \"$(cat <&3)\" && exec 3<&- && exec \"$@\"", "launcher", Rewrite(spec, spec.WorkingFolder), .. spec.Command.Select(word => Rewrite(spec, word))],
                descriptors);
            variables.DisposeLocalCopyOfClientHandle();
            _ = WriteAsync(variables, Variables(spec));
            return new Running(child, spec.Cgroup);
        }
        catch
        {
            variables.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public Task<SandboxProcess> StartInsideAsync(SandboxProcess running, SandboxSpec spec, CancellationToken cancellationToken) =>
        Task.FromResult(Start(spec));

    private static async Task WriteAsync(AnonymousPipeServerStream pipe, string text)
    {
        await using (pipe.ConfigureAwait(false))
        {
            try
            {
                await pipe.WriteAsync(Encoding.UTF8.GetBytes(text)).ConfigureAwait(false);
            }
            catch (IOException)
            {
                // The process ended before it read them; its exit tells.
            }
        }
    }

    private string Variables(SandboxSpec spec)
    {
        if (spec.Environment.Values.Any(value => value.Contains('\0', StringComparison.Ordinal)))
            throw new InvalidOperationException("A variable of the container has a zero byte in it.");
        var script = new StringBuilder("unset LC_ALL\n");
        foreach (var (name, value) in spec.Environment)
        {
            // A shell cannot export other names.
            if (name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(c => c == '_' || char.IsAsciiLetterOrDigit(c)))
                script.Append("export ").Append(name).Append("='").Append(Rewrite(spec, value).Replace("'", "'\\''", StringComparison.Ordinal)).Append("'\n");
        }

        return script.ToString();
    }

    /// <summary>Replaces a path (or each of a list of paths) beneath a mount by the machine's path.</summary>
    private string Rewrite(SandboxSpec spec, string text) => string.Join(':', text.Split(':').Select(part => RewritePath(spec, part)));

    private string RewritePath(SandboxSpec spec, string path)
    {
        if (!path.StartsWith('/'))
            return path;
        var mount = spec.Mounts
            .Where(mount => path == mount.Target || path.StartsWith(mount.Target + "/", StringComparison.Ordinal))
            .MaxBy(mount => mount.Target.Length);
        return mount is null ? path : launcher.Seen(mount.Source) + path[mount.Target.Length..];
    }

    private sealed class Running(ChildProcess child, Cgroups.Cgroup? cgroup) : SandboxProcess(child, cgroup)
    {
        public override Task<IReadOnlyList<int>> RootsAsync() => Task.FromResult<IReadOnlyList<int>>([Child.Id]);

        public override Task TerminateAsync()
        {
            Child.Signal(LibC.SigTerm);
            return Task.CompletedTask;
        }

        public override void KillAlone()
        {
            // It leads a session and a process group: what it started belongs to the group unless it left on purpose.
            if (!Exited.IsCompleted)
                _ = LibC.Kill(-Child.Id, LibC.SigKill);
        }
    }
}
