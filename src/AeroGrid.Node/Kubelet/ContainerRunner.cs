using System.ComponentModel;

using k8s.Models;

using Microsoft.Extensions.Logging;

using AeroGrid.ControllerRuntime;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.Node.Images;
using AeroGrid.Node.Volumes;
using AeroGrid.Oci.Distribution;
using AeroGrid.Oci.References;

namespace AeroGrid.Node.Kubelet;

/// <summary>
/// Runs one container of a pod for as long as the pod wants it to run:
/// <code>
///            +--------------------------------------------------------------+
///            v                                                              |
///   image --> configuration --> process --> end --> again? --> back-off ----+
///     |             |                                 |
///  ErrImagePull  CreateContainerConfigError          no: done
///  (tried again) (tried again)
/// </code>
/// </summary>
internal sealed partial class ContainerRunner
{
    /// <summary>The kubelet looks at a pod that it cannot start again about this often.</summary>
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan FirstPullPause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestPullPause = TimeSpan.FromMinutes(5);

    private readonly NodeContext _node;
    private readonly V1Pod _pod;
    private readonly PodPlace _place;
    private readonly ContainerRecord _record;
    private readonly PodEnding _ending;
    private readonly Func<Task> _portsRenewed;
    private readonly CrashBackoff _backoff = new();
    private readonly ILogger _logger;

    /// <param name="node">What pods share.</param>
    /// <param name="pod">The pod.</param>
    /// <param name="place">What the pod has of the machine.</param>
    /// <param name="record">Where the container's state is told.</param>
    /// <param name="ending">The end of the pod.</param>
    /// <param name="portsRenewed">Publishes ports that have changed, before a process learns them.</param>
    public ContainerRunner(NodeContext node, V1Pod pod, PodPlace place, ContainerRecord record, PodEnding ending, Func<Task> portsRenewed)
    {
        (_node, _pod, _place, _record, _ending, _portsRenewed) = (node, pod, place, record, ending, portsRenewed);
        _logger = node.Logger<ContainerRunner>();
    }

    /// <summary>This run of the container, for logs; the last one when none runs.</summary>
    public RunningContainer? Current { get; private set; }

    /// <summary>Runs until the container has ended for good or the pod's end was requested; then nothing of it runs any more.</summary>
    public async Task RunAsync()
    {
        try
        {
            if (_record.Terminated is { } before)
            {
                if (!MustRestart(before.ExitCode))
                    return;
                _record.CountRestart();
            }

            while (true)
            {
                var running = await StartAsync(_ending.Requested).ConfigureAwait(false);
                var exit = await SuperviseAsync(running).ConfigureAwait(false);
                if (_ending.Requested.IsCancellationRequested || !MustRestart(exit.ExitCode))
                    return;
                var pause = _backoff.Next(_node.Time.GetUtcNow() - running.StartedAt);
                if (pause > TimeSpan.Zero)
                {
                    _node.Events.Warning(_pod, "BackOff", $"Back-off restarting failed container {_record.Name} in pod {_pod.Metadata.Name}_{_pod.Metadata.NamespaceProperty}({_place.Uid})");
                    _record.SetWaiting("CrashLoopBackOff", $"back-off {Text(pause)} restarting failed container={_record.Name} pod={_pod.Metadata.Name}_{_pod.Metadata.NamespaceProperty}({_place.Uid})");
                    await Task.Delay(pause, _node.Time, _ending.Requested).ConfigureAwait(false);
                }

                _record.CountRestart();
            }
        }
        catch (OperationCanceledException) when (_ending.Requested.IsCancellationRequested)
        {
            // Nothing ran when the end was requested.
        }
    }

    private static string Text(TimeSpan pause) => pause.TotalSeconds < 60 ? $"{pause.TotalSeconds:0}s" : $"{(int)pause.TotalMinutes}m{pause.Seconds}s";

    private bool MustRestart(int exitCode) => (_record.IsInit && _record.Spec.RestartPolicy == "Always" ? "Always" : _pod.Spec.RestartPolicy) switch
    {
        "Never" => false,
        "OnFailure" => exitCode != 0,

        // An init container that has succeeded has done its work, whatever the pod's policy.
        _ => !_record.IsInit || exitCode != 0,
    };

    /// <summary>Tries until the container runs.</summary>
    private async Task<RunningContainer> StartAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var image = await PullAsync(cancellationToken).ConfigureAwait(false);
            var started = false;
            try
            {
                if (_place.RenewPorts(_record.Spec))
                    await _portsRenewed().ConfigureAwait(false);
                await _node.Starts.WaitAsync(cancellationToken).ConfigureAwait(false);
                RunningContainer running;
                try
                {
                    running = await ContainerStarter.StartAsync(_node, _place, _pod, _record.Spec, _record.RestartCount, image, cancellationToken).ConfigureAwait(false);
                }
                finally
                {
                    _node.Starts.Release();
                }

                started = true;
                Current = running;
                _record.SetRunning(WholeSeconds.Of(running.StartedAt), running.ImageId, running.Id);
                _node.Events.Normal(_pod, "Created", $"Created container: {_record.Name}");
                _node.Events.Normal(_pod, "Started", $"Started container {_record.Name}");
                return running;
            }
            catch (ConfigurationException e)
            {
                _node.Events.Warning(_pod, "Failed", $"Error: {e.Message}");
                _record.SetWaiting("CreateContainerConfigError", e.Message);
            }
            catch (VolumeException e)
            {
                _node.Events.Warning(_pod, "FailedMount", e.Message);
                _record.SetWaiting(_record.IsInit ? "PodInitializing" : "ContainerCreating");
            }
            catch (Exception e) when (e is Win32Exception or IOException or UnauthorizedAccessException or InvalidOperationException)
            {
                Log.NotStarted(_logger, e, ObjectKey.Of(_pod), _record.Name);
                _node.Events.Warning(_pod, "Failed", $"Error: {e.Message}");
                _record.SetWaiting("CreateContainerError", e.Message);
            }
            catch (Exception e) when (e is KubernetesApiException or HttpRequestException or TimeoutException)
            {
                Log.NotStarted(_logger, e, ObjectKey.Of(_pod), _record.Name);
            }
            finally
            {
                if (!started)
                    image.Dispose();
            }

            await Task.Delay(RetryPause, _node.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Tries until the image is here.</summary>
    private async Task<ImageLease> PullAsync(CancellationToken cancellationToken)
    {
        if (!ImageReference.TryParse(_record.Spec.Image, out var reference))
        {
            // Only a change of the pod helps, and that ends this run.
            _node.Events.Warning(_pod, "InspectFailed", $"Failed to apply default image tag \"{_record.Spec.Image}\": couldn't parse image name: expected registry/repository:tag or registry/repository@sha256:<digest>");
            _record.SetWaiting("InvalidImageName", $"Failed to apply default image tag \"{_record.Spec.Image}\": couldn't parse image name");
            await Task.Delay(Timeout.InfiniteTimeSpan, _node.Time, cancellationToken).ConfigureAwait(false);
        }

        var present = _node.Images.Has(reference!);
        var pause = FirstPullPause;
        while (true)
        {
            string failure;
            try
            {
                var begun = _node.Time.GetTimestamp();
                if (!present)
                    _node.Events.Normal(_pod, "Pulling", $"Pulling image \"{_record.Spec.Image}\"");
                var image = await _node.Images.GetAsync(reference!, cancellationToken).ConfigureAwait(false);
                _node.Events.Normal(_pod, "Pulled", present
                    ? $"Container image \"{_record.Spec.Image}\" already present on machine"
                    : $"Successfully pulled image \"{_record.Spec.Image}\" in {_node.Time.GetElapsedTime(begun).TotalMilliseconds:0}ms");
                return image;
            }
            catch (Exception e) when (e is RegistryException or InvalidDataException or IOException or NotSupportedException or UnauthorizedAccessException)
            {
                failure = e.Message;
            }

            present = false;
            _node.Events.Warning(_pod, "Failed", $"Failed to pull image \"{_record.Spec.Image}\": {failure}");
            _record.SetWaiting("ErrImagePull", failure);
            await Task.Delay(RetryPause, _node.Time, cancellationToken).ConfigureAwait(false);
            _node.Events.Normal(_pod, "BackOff", $"Back-off pulling image \"{_record.Spec.Image}\"");
            _record.SetWaiting("ImagePullBackOff", $"Back-off pulling image \"{_record.Spec.Image}\": {failure}");
            await Task.Delay(pause - RetryPause, _node.Time, cancellationToken).ConfigureAwait(false);
            pause = pause * 2 < LongestPullPause ? pause * 2 : LongestPullPause;
        }
    }

    /// <summary>Accompanies a run to its end, which may be the process' own, a probe's verdict, or the pod's.</summary>
    private async Task<ContainerExit> SuperviseAsync(RunningContainer running)
    {
        var probes = new ContainerProbes(_node, _pod, _record, running);
        ContainerExit exit;
        await using (probes.ConfigureAwait(false))
        {
            using var watching = new CancellationTokenSource();
            var watch = new ContainerWatch(_node, _pod, _record, running, _ending, _place.User);
            var looks = watch.RunAsync(watching.Token);
            var hookFailed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_record.Spec.Lifecycle?.PostStart is { } hook)
                _ = PostStartAsync(hook, running, hookFailed);
            await Task.WhenAny(running.Process.Exited, probes.Unhealthy, _ending.WhenRequested, hookFailed.Task).ConfigureAwait(false);
            if (!running.Process.Exited.IsCompleted)
                await StopAsync(running, probes.Unhealthy).ConfigureAwait(false);
            await running.Process.Exited.ConfigureAwait(false);
            await watching.CancelAsync().ConfigureAwait(false);
            await looks.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            watch.LookAtProcesses();
            exit = await running.FinishAsync().ConfigureAwait(false);
        }

        _record.SetTerminated(await DescribeAsync(running, exit).ConfigureAwait(false));
        return exit;
    }

    private async Task PostStartAsync(V1LifecycleHandler hook, RunningContainer running, TaskCompletionSource failed)
    {
        try
        {
            if (await LifecycleHooks.RunAsync(hook, _record.Spec, running, _node.Time, _ending.Requested).ConfigureAwait(false) is { } failure)
            {
                _node.Events.Warning(_pod, "FailedPostStartHook", $"PostStartHook failed: {failure}");
                failed.TrySetResult();
            }
        }
        catch (OperationCanceledException)
        {
            // The container or the pod has ended before its hook.
        }
    }

    /// <summary>preStop hook, SIGTERM, grace period, SIGKILL (Kubernetes documentation, "Termination of Pods").</summary>
    private async Task StopAsync(RunningContainer running, Task<Unhealthy> unhealthy)
    {
        var verdict = unhealthy.IsCompletedSuccessfully && !_ending.Requested.IsCancellationRequested ? await unhealthy.ConfigureAwait(false) : null;
        _node.Events.Normal(_pod, "Killing", verdict is null
            ? $"Stopping container {_record.Name}"
            : $"Container {_record.Name} failed {verdict.Probe} probe, will be restarted");
        var grace = verdict?.Grace ?? TimeSpan.FromSeconds(_pod.Spec.TerminationGracePeriodSeconds ?? 30);
        using var ownGrace = new CancellationTokenSource(_ending.Requested.IsCancellationRequested ? Timeout.InfiniteTimeSpan : grace, _node.Time);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(_ending.Over, ownGrace.Token);
        try
        {
            if (_record.Spec.Lifecycle?.PreStop is { } hook)
            {
                var failure = await LifecycleHooks.RunAsync(hook, _record.Spec, running, _node.Time, over.Token).ConfigureAwait(false);
                if (failure is not null)
                    _node.Events.Warning(_pod, "FailedPreStopHook", $"PreStopHook failed: {failure}");
            }

            over.Token.ThrowIfCancellationRequested();
            await running.Process.TerminateAsync().ConfigureAwait(false);
            await running.Process.Exited.WaitAsync(over.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            running.Process.Kill();
        }
    }

    private async Task<V1ContainerStateTerminated> DescribeAsync(RunningContainer running, ContainerExit exit)
    {
        var message = await TerminationMessage.ReadAsync(_record.Spec, running, exit.ExitCode).ConfigureAwait(false);
        return new()
        {
            ExitCode = exit.ExitCode,
            Reason = exit.IsOutOfMemory && exit.ExitCode != 0 ? "OOMKilled" : exit.ExitCode == 0 ? "Completed" : "Error",
            Message = message,
            StartedAt = WholeSeconds.Of(running.StartedAt),
            FinishedAt = WholeSeconds.Of(_node.Time.GetUtcNow()),
        };
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Container {Container} of pod {Pod} was not started yet")]
        public static partial void NotStarted(ILogger logger, Exception exception, ObjectKey pod, string container);
    }
}
