using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Text.Json;

using AeroGrid.Node.Sandbox.Native;

namespace AeroGrid.Node.Sandbox;

/// <summary>
/// Runs processes with bubblewrap: user, mount, pid, ipc, uts and cgroup namespaces of their own, no capability, a system call filter, and
/// nothing of the machine but what is listed. bubblewrap itself never runs as root: what it mounts, the pod's own user could mount in a user
/// namespace too.
/// </summary>
internal sealed class BubblewrapSandbox(MachineTools tools, Launcher launcher, bool canSizeTmpfs = true) : ISandbox
{
    // Descriptors of the child. The first three are its standard streams.
    private const int ArgumentsDescriptor = 3, FilterDescriptor = 4, StatusDescriptor = 5, UserNamespaceDescriptor = 6, PidNamespaceDescriptor = 7,
        InnerUserNamespaceDescriptor = 8;

    /// <inheritdoc/>
    public IReadOnlyList<string> Weaknesses { get; } =
    [
        .. SeccompFilter.ForThisMachine is null ? ["There is no system call filter for this processor."] : Array.Empty<string>(),
        .. tools.CanChangeUser ? [] : new[] { "Pods share the platform's user (it does not run as root)." },
    ];

    /// <inheritdoc/>
    public SandboxProcess Start(SandboxSpec spec) => Start(
        spec,
        ["--unshare-user", "--unshare-pid", "--unshare-uts", "--hostname", spec.HostName, "--uid", $"{spec.User}", "--gid", $"{spec.Group}"],
        []);

    /// <inheritdoc/>
    public async Task<SandboxProcess> StartInsideAsync(SandboxProcess running, SandboxSpec spec, CancellationToken cancellationToken)
    {
        // bubblewrap joins the user and process namespaces and mounts the same things again: so the new process has the same filter and
        // no more privileges than the first, which entering all of its namespaces from outside would not give.
        var init = await ((Running)running).InitAsync().WaitAsync(cancellationToken).ConfigureAwait(false)
            ?? throw new InvalidOperationException("The container has ended.");
        try
        {
            using var processes = File.OpenHandle($"/proc/{init}/ns/pid");
            using var users = File.OpenHandle($"/proc/{init}/ns/user");

            // To map a user id other than 0, bubblewrap makes two user namespaces: one that owns the others, and one in it for the process.
            using var owner = Namespaces.OwnerOf(processes);
            Dictionary<int, SafeHandle> descriptors = new() { [UserNamespaceDescriptor] = owner, [PidNamespaceDescriptor] = processes };
            List<string> namespaces = ["--userns", $"{UserNamespaceDescriptor}", "--pidns", $"{PidNamespaceDescriptor}"];
            if (!Namespaces.Same(owner, users))
            {
                descriptors[InnerUserNamespaceDescriptor] = users;
                namespaces.AddRange(["--userns2", $"{InnerUserNamespaceDescriptor}"]);
            }

            return Start(spec, namespaces, descriptors);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException("The container has ended.", e);
        }
    }

    private Running Start(SandboxSpec spec, IReadOnlyList<string> namespaces, Dictionary<int, SafeHandle> descriptors)
    {
        var filter = SeccompFilter.ForThisMachine;

        // The arguments hold the environment, and with it secrets: they travel in memory, since any user can read command lines. They are
        // separated by zero bytes, so a value with one in it could add arguments of its own: to mount the machine's root, for example.
        List<string> line = [.. namespaces, .. Arguments(spec, filter is not null)];
        if (line.Find(argument => argument.Contains('\0', StringComparison.Ordinal)) is { } bad)
            throw new InvalidOperationException($"A variable, path or argument of the container has a zero byte in it: '{bad.Replace('\0', '?')}'");
        var text = string.Join('\0', line) + "\0";
        using var arguments = MemoryFile.Create("bwrap-arguments", System.Text.Encoding.UTF8.GetBytes(text));
        using var program = filter is null ? null : MemoryFile.Create("seccomp", filter);
        var status = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.None);
        descriptors[ArgumentsDescriptor] = arguments;
        descriptors[StatusDescriptor] = status.ClientSafePipeHandle;
        if (program is not null)
            descriptors[FilterDescriptor] = program;
        if (spec.Output is not null)
            descriptors[1] = spec.Output;
        if (spec.Error is not null)
            descriptors[2] = spec.Error;
        try
        {
            var child = launcher.Start(
                spec,
                [tools.Bubblewrap!, "--args", $"{ArgumentsDescriptor}", "--", .. spec.Command],
                descriptors);
            status.DisposeLocalCopyOfClientHandle();
            return new Running(child, spec.Cgroup, status);
        }
        catch
        {
            status.Dispose();
            throw;
        }
    }

    private List<string> Arguments(SandboxSpec spec, bool filtered)
    {
        List<string> line =
        [
            "--unshare-ipc", "--unshare-cgroup-try", "--cap-drop", "ALL", "--new-session",
            "--json-status-fd", $"{StatusDescriptor}",
            "--proc", "/proc", "--dev", "/dev",
        ];
        if (filtered)
            line.AddRange(["--seccomp", $"{FilterDescriptor}"]);
        line.AddRange(canSizeTmpfs ? ["--perms", "1777", "--size", "67108864", "--tmpfs", "/dev/shm"] : ["--perms", "1777", "--tmpfs", "/dev/shm"]);
        if (spec.MachineSystem)
            line.AddRange(MachineSystem.Arguments);
        foreach (var folder in spec.Folders)
            line.AddRange(["--dir", folder]);
        foreach (var mount in spec.Mounts)
            line.AddRange([mount.Writable ? "--bind" : "--ro-bind", launcher.Seen(mount.Source), mount.Target]);
        foreach (var link in spec.Links)
            line.AddRange(["--symlink", link.Content, link.Path]);
        line.Add("--clearenv");
        foreach (var (name, value) in spec.Environment)
            line.AddRange(["--setenv", name, value]);
        line.AddRange(["--remount-ro", "/", "--chdir", spec.WorkingFolder]);
        return line;
    }

    private sealed class Running : SandboxProcess
    {
        private readonly TaskCompletionSource<int?> _init = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Running(ChildProcess child, Cgroups.Cgroup? cgroup, Stream status)
            : base(child, cgroup) => _ = ReadStatusAsync(status);

        /// <summary>The process that is number 1 inside and whose end is everyone's there; null when the sandbox could not be made.</summary>
        public Task<int?> InitAsync() => _init.Task;

        public override async Task<IReadOnlyList<int>> RootsAsync() => await _init.Task.ConfigureAwait(false) is { } init ? [Child.Id, init] : [Child.Id];

        public override async Task TerminateAsync()
        {
            // Number 1 does not pass signals on; the main process is its first child.
            if (!Exited.IsCompleted && await _init.Task.ConfigureAwait(false) is { } init && ProcFile.Children(init) is [var main, ..])
                _ = LibC.Kill(main, LibC.SigTerm);
        }

        public override void KillAlone() => _ = KillAsync();

        private async Task KillAsync()
        {
            // bubblewrap's outer process alone must not be killed: what it has started would stay. While it runs, number 1 has not been
            // reaped, and its id is still its own.
            if (await _init.Task.ConfigureAwait(false) is not { } init)
                Child.Signal(LibC.SigKill);
            else if (!Exited.IsCompleted)
                _ = LibC.Kill(init, LibC.SigKill);
        }

        /// <summary>Lines such as <c>{ "child-pid": 4711, "ipc-namespace": … }</c> and at the end <c>{ "exit-code": 0 }</c>.</summary>
        private async Task ReadStatusAsync(Stream status)
        {
            try
            {
                using var reader = new StreamReader(status);
                while (await reader.ReadLineAsync().ConfigureAwait(false) is { } line)
                {
                    using var document = JsonDocument.Parse(line);
                    if (document.RootElement.TryGetProperty("child-pid", out var id))
                        _init.TrySetResult(id.GetInt32());
                }
            }
            catch (Exception e) when (e is IOException or JsonException)
            {
                // Only bubblewrap writes here; when it cannot, its exit code and its words on standard error tell why.
            }
            finally
            {
                _init.TrySetResult(null);
            }
        }
    }
}
