using System.IO.Pipes;

using AeroGrid.Node.Sandbox;

namespace AeroGrid.Node.Tests.Sandbox;

/// <summary>What one run of a sandbox gave.</summary>
internal sealed record SandboxResult(int ExitCode, string Output);

/// <summary>A sandbox as the node makes it on this machine, in a folder of its own.</summary>
public sealed class SandboxFixture : IAsyncLifetime
{
    internal const uint PodUser = 210_001;

    public string Folder { get; } = Directory.CreateTempSubdirectory("aerogrid-node-").FullName;

    internal ISandbox Sandbox { get; private set; } = null!;

    internal static uint? MachineUser => new MachineTools().CanChangeUser ? PodUser : null;

    public async ValueTask InitializeAsync()
    {
        // As the node makes it: closed to others' lists, open to pods' users on their way to their own folders.
        File.SetUnixFileMode(Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        Sandbox = await SandboxDetection.DetectAsync(new MachineTools(), Folder, "test", MachineUser, CancellationToken.None);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(Folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>Runs a shell script in the sandbox to its end.</summary>
    internal Task<SandboxResult> ShellAsync(string script, Func<SandboxSpec, SandboxSpec>? change = null) => RunAsync(["/bin/sh", "-c", script], change);

    /// <summary>Runs a Python program in the sandbox to its end.</summary>
    internal Task<SandboxResult> PythonAsync(string program, Func<SandboxSpec, SandboxSpec>? change = null) =>
        RunAsync(["/usr/bin/python3", "-c", program], change);

    internal async Task<SandboxResult> RunAsync(IReadOnlyList<string> command, Func<SandboxSpec, SandboxSpec>? change = null)
    {
        using var output = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.None);
        var spec = Spec(command) with { Output = output.ClientSafePipeHandle, Error = output.ClientSafePipeHandle };
        var process = Sandbox.Start(change?.Invoke(spec) ?? spec);
        output.DisposeLocalCopyOfClientHandle();
        using var reader = new StreamReader(output);
        var text = await reader.ReadToEndAsync();
        return new(await process.Exited, text.Trim());
    }

    internal static SandboxSpec Spec(IReadOnlyList<string> command) => new()
    {
        Command = command,
        Environment = new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin" },
        MachineUser = MachineUser,
    };
}
