using k8s.Models;

namespace AeroGrid.Node.Kubelet;

/// <summary>
/// What is known of one container of a pod: the source of its <c>containerStatus</c>. Changes go through methods, each of which tells the
/// pod that its status has changed. Thread-safe.
/// </summary>
internal sealed class ContainerRecord
{
    private readonly Lock _gate = new();
    private readonly Action _changed;
    private readonly Dictionary<string, Finding> _findings = new(StringComparer.Ordinal);
    private V1ContainerState _state;
    private V1ContainerState? _last;
    private bool _ready;
    private bool _started;
    private string _imageId = "";
    private string? _containerId;

    /// <param name="spec">The container.</param>
    /// <param name="isInit">Whether it is an init container.</param>
    /// <param name="waitsForInit">Whether the pod has init containers.</param>
    /// <param name="before">Its status from before the platform was started, if any.</param>
    /// <param name="changed">Called after each change.</param>
    public ContainerRecord(V1Container spec, bool isInit, bool waitsForInit, V1ContainerStatus? before, Action changed)
    {
        (Spec, IsInit, _changed) = (spec, isInit, changed);
        _state = Waiting(waitsForInit ? "PodInitializing" : "ContainerCreating", null);
        if (before is null)
            return;
        RestartCount = before.RestartCount;
        _last = before.LastState?.Terminated is null ? null : before.LastState;
        (_imageId, _containerId) = (before.ImageID ?? "", before.ContainerID);
        if (before.State?.Terminated is not null)
        {
            _state = before.State;
        }
        else if (before.State?.Running is { } running)
        {
            // It ran when the platform ended, and was ended with it or after it: nobody saw how. Kubernetes says the same of a node that was restarted.
            _last = _state = new()
            {
                Terminated = new()
                {
                    ExitCode = 137,
                    Reason = "ContainerStatusUnknown",
                    Message = "The container could not be located when the node was started",
                    StartedAt = running.StartedAt,
                    ContainerID = before.ContainerID,
                },
            };
        }
    }

    public V1Container Spec { get; }

    public bool IsInit { get; }

    public string Name => Spec.Name;

    /// <summary>How often it has been started again.</summary>
    public int RestartCount { get; private set; }

    /// <summary>How it ended; null while it waits or runs.</summary>
    public V1ContainerStateTerminated? Terminated
    {
        get
        {
            lock (_gate)
                return _state.Terminated;
        }
    }

    /// <summary>Whether it takes requests.</summary>
    public bool IsReady
    {
        get
        {
            lock (_gate)
                return _ready;
        }
    }

    /// <summary>What was found out about it since it last became ready.</summary>
    public IReadOnlyList<Finding> Findings
    {
        get
        {
            lock (_gate)
                return [.. _findings.Values];
        }
    }

    /// <summary>Whether it has ended successfully.</summary>
    public bool IsCompleted => Terminated is { ExitCode: 0 };

    /// <summary>It is not running, for this reason.</summary>
    public void SetWaiting(string reason, string? message = null) => Change(() =>
    {
        if (_state.Waiting?.Reason == reason && _state.Waiting.Message == message)
            return false;
        KeepLast();
        (_state, _ready, _started) = (Waiting(reason, message), false, false);
        return true;
    });

    /// <summary>It runs from now on.</summary>
    public void SetRunning(DateTime at, string imageId, string containerId) => Change(() =>
    {
        KeepLast();
        _state = new() { Running = new() { StartedAt = at } };
        (_imageId, _containerId, _ready, _started) = (imageId, containerId, false, false);
        return true;
    });

    /// <summary>It has ended.</summary>
    public void SetTerminated(V1ContainerStateTerminated how) => Change(() =>
    {
        how.ContainerID = _containerId;
        (_state, _ready, _started) = (new() { Terminated = how }, false, false);
        return true;
    });

    /// <summary>It is about to be started again.</summary>
    public void CountRestart() => Change(() =>
    {
        RestartCount++;
        return true;
    });

    /// <summary>Its startup probe has succeeded, or it has none.</summary>
    public void SetStarted() => Change(() =>
    {
        var changes = !_started && _state.Running is not null;
        _started |= changes;
        return changes;
    });

    /// <summary>Whether it takes requests.</summary>
    public void SetReady(bool ready) => Change(() =>
    {
        if (_ready == ready || (ready && _state.Running is null))
            return false;
        _ready = ready;
        if (ready)
            _findings.Clear();
        return true;
    });

    /// <summary>Something was found out about it. It stays said until the container is ready (again), also over restarts.</summary>
    /// <returns>Whether it is news.</returns>
    public bool SetFinding(Finding finding) => Change(() =>
    {
        if (_findings.TryGetValue(finding.Type, out var known) && known == finding)
            return false;
        _findings[finding.Type] = finding;
        return true;
    });

    /// <summary>The status as the API has it.</summary>
    public V1ContainerStatus ToStatus()
    {
        lock (_gate)
        {
            return new()
            {
                Name = Name,
                Image = Spec.Image,
                ImageID = _imageId,
                ContainerID = _containerId,
                RestartCount = RestartCount,
                State = _state,
                LastState = _last is not null && !ReferenceEquals(_last, _state) ? _last : new(),

                // An init container is ready when it has done its work.
                Ready = IsInit ? _state.Terminated is { ExitCode: 0 } : _ready,
                Started = _started,
            };
        }
    }

    private void KeepLast()
    {
        if (_state.Terminated is not null)
            _last = _state;
    }

    private bool Change(Func<bool> change)
    {
        bool changed;
        lock (_gate)
            changed = change();
        if (changed)
            _changed();
        return changed;
    }

    private static V1ContainerState Waiting(string reason, string? message) => new() { Waiting = new() { Reason = reason, Message = message } };
}
