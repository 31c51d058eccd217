using k8s.Models;

using AeroGrid.Node.Probes;

namespace AeroGrid.Node.Kubelet;

/// <summary>
/// The probes of one run of a container: the startup probe first, then readiness and liveness side by side. They write into the record, tell
/// failures as events, and say when the container must be ended.
/// </summary>
internal sealed class ContainerProbes : IAsyncDisposable
{
    private readonly NodeContext _node;
    private readonly V1Pod _pod;
    private readonly ContainerRecord _record;
    private readonly RunningContainer _running;
    private readonly CancellationTokenSource _end = new();
    private readonly TaskCompletionSource<Unhealthy> _unhealthy = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _work;

    /// <summary>Makes the probes and lets them run.</summary>
    public ContainerProbes(NodeContext node, V1Pod pod, ContainerRecord record, RunningContainer running)
    {
        (_node, _pod, _record, _running) = (node, pod, record, running);
        _work = RunAsync();
    }

    /// <summary>Completes when the container must be ended: the startup or liveness probe has failed for good.</summary>
    public Task<Unhealthy> Unhealthy => _unhealthy.Task;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        await _work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private async Task RunAsync()
    {
        var spec = _record.Spec;
        if (spec.StartupProbe is { } startup)
        {
            await RunAsync(startup, "Startup", isReadiness: false, endsWithSuccess: true, success => { if (!success) Fail("startup", startup); }).ConfigureAwait(false);
            if (_unhealthy.Task.IsCompleted)
                return;
        }

        _record.SetStarted();
        if (spec.ReadinessProbe is null)
            _record.SetReady(true);
        await Task.WhenAll(
            spec.ReadinessProbe is { } readiness
                ? RunAsync(readiness, "Readiness", isReadiness: true, endsWithSuccess: false, _record.SetReady)
                : Task.CompletedTask,
            spec.LivenessProbe is { } liveness
                ? RunAsync(liveness, "Liveness", isReadiness: false, endsWithSuccess: false, success => { if (!success) Fail("liveness", liveness); })
                : Task.CompletedTask).ConfigureAwait(false);
    }

    private async Task RunAsync(V1Probe probe, string kind, bool isReadiness, bool endsWithSuccess, Action<bool> changed)
    {
        IProbeAction action;
        try
        {
            action = ProbeActions.Create(probe, _record.Spec, _running.Ports, _running.ExecAsync, _node.Time);
        }
        catch (ConfigurationException e)
        {
            // As a probe that never succeeds: the event says what to correct.
            _node.Events.Warning(_pod, "Unhealthy", $"{kind} probe failed: {e.Message}");
            changed(false);
            return;
        }

        var worker = new ProbeWorker(probe, action, asksDensely: isReadiness || endsWithSuccess, _node.Time)
        {
            Failed = result => _node.Events.Warning(_pod, "Unhealthy", $"{kind} probe failed: {result.Message}"),
            Changed = changed,
            EndsWithSuccess = endsWithSuccess,
        };
        try
        {
            await worker.RunAsync(_end.Token).ConfigureAwait(false);
        }
        finally
        {
            (action as IDisposable)?.Dispose();
        }
    }

    private void Fail(string kind, V1Probe probe)
    {
        if (_unhealthy.TrySetResult(new(kind, probe.TerminationGracePeriodSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null)) && kind == "startup")
            _end.Cancel();
    }
}

/// <summary>A probe that must succeed has failed for good.</summary>
/// <param name="Probe"><c>startup</c> or <c>liveness</c>.</param>
/// <param name="Grace">The probe's own grace period, if it has one.</param>
internal sealed record Unhealthy(string Probe, TimeSpan? Grace);
