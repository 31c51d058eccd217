namespace AeroGrid.Node.Sandbox;

/// <summary>A way to run processes that must not harm the machine or each other. Thread-safe.</summary>
internal interface ISandbox
{
    /// <summary>What this way of running does not protect from on this machine, a sentence for each; empty when nothing is missing.</summary>
    IReadOnlyList<string> Weaknesses { get; }

    /// <summary>Starts a process.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">The system could not start it.</exception>
    /// <exception cref="InvalidOperationException">A string of it has a zero byte in it.</exception>
    SandboxProcess Start(SandboxSpec spec);

    /// <summary>Starts a further process in the sandbox of a running one: it sees the same files and processes and has the same limits.</summary>
    /// <exception cref="InvalidOperationException">The process has ended.</exception>
    Task<SandboxProcess> StartInsideAsync(SandboxProcess running, SandboxSpec spec, CancellationToken cancellationToken);
}
