using AeroGrid.ApiServer.Hosting;

namespace AeroGrid.Cli.Up;

/// <summary>Whether apps can be served: the line <c>platform</c> of <c>/readyz</c>. Thread-safe.</summary>
internal sealed class PlatformReadiness : IReadinessCheck
{
    private volatile string _waitsFor = "the parts to start";

    /// <inheritdoc/>
    public string Name => "platform";

    /// <inheritdoc/>
    public bool IsReady => _waitsFor.Length == 0;

    /// <inheritdoc/>
    public string Reason => _waitsFor;

    /// <summary>Says what is still missing; the empty string for nothing.</summary>
    public void WaitFor(string what) => _waitsFor = what;
}
