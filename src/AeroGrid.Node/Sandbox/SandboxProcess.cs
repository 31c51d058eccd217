using AeroGrid.Node.Cgroups;
using AeroGrid.Node.Sandbox.Native;

namespace AeroGrid.Node.Sandbox;

/// <summary>A running sandbox. Thread-safe.</summary>
internal abstract class SandboxProcess
{
    private protected SandboxProcess(ChildProcess child, Cgroup? cgroup)
    {
        Child = child;
        Cgroup = cgroup;
    }

    /// <summary>The child of this process through which the sandbox was started.</summary>
    public ChildProcess Child { get; }

    /// <summary>Where it runs.</summary>
    public Cgroup? Cgroup { get; }

    /// <summary>
    /// The exit code of the sandbox' main process, or 128 and the number of the signal that ended it. When this is complete, no process of
    /// the sandbox runs any more (where process ids are isolated) or none is meant to.
    /// </summary>
    public Task<int> Exited => Child.Exited;

    /// <summary>The processes by which the sandbox is found again after a crash of the platform.</summary>
    public abstract Task<IReadOnlyList<int>> RootsAsync();

    /// <summary>Asks the main process to end (SIGTERM).</summary>
    public abstract Task TerminateAsync();

    /// <summary>Ends everything in the sandbox at once.</summary>
    public void Kill()
    {
        Cgroup?.Kill();
        KillAlone();
    }

    /// <summary>Ends this process, and with it what cannot outlive it; others in its cgroup go on.</summary>
    public abstract void KillAlone();
}
