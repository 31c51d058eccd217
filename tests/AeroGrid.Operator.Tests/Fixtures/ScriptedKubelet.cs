using System.Collections.Concurrent;

using AeroGrid.Api;
using AeroGrid.ControllerRuntime;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.ControllerRuntime.Objects;
using AeroGrid.Node.Controllers;
using AeroGrid.Oci.Building;
using AeroGrid.Oci.Distribution;
using AeroGrid.Oci.Layers;
using AeroGrid.Oci.References;

using k8s.Models;

namespace AeroGrid.Operator.Tests.Fixtures;

/// <summary>What a pod does when it runs.</summary>
internal abstract record PodScript
{
    /// <summary>Listens at once.</summary>
    public sealed record Serves : PodScript;

    /// <summary>Runs and never listens.</summary>
    public sealed record Silent : PodScript;

    /// <summary>Ends, and is about to be restarted.</summary>
    public sealed record Ends(int ExitCode, string Message = "", string Reason = "Error") : PodScript;

    /// <summary>Does not get as far as running.</summary>
    public sealed record Waits(string Reason, string Message) : PodScript;
}

/// <summary>
/// Kubernetes' own controllers, and a kubelet in whose pods nothing runs: what each does is what a test says, by the app's name. Builds of
/// dependencies do what the test says too, and push a real image when they succeed.
/// </summary>
internal sealed class ScriptedKubelet : IAsyncDisposable
{
    private const string NodeName = "scripted";

    private readonly ResourceClient client;
    private readonly RegistryClient registry;
    private readonly ControllerManager manager;

    private ScriptedKubelet(ResourceClient client, RegistryClient registry)
    {
        (this.client, this.registry) = (client, registry);
        manager = new(client);
        WorkloadControllers.AddTo(manager);
        var pods = manager.Informer<V1Pod>();
        manager.AddController<V1Pod>("kubelet", (key, token) => pods.Get(key) is { } pod ? RunAsync(pod, token) : Task.FromResult(ReconcileResult.Done));
    }

    /// <summary>What apps' pods do, by the names of the apps. Pods that are there already are not told. Others serve.</summary>
    public ConcurrentDictionary<string, PodScript> Scripts { get; } = new();

    /// <summary>How builds fail, by a word in their requirements: exit code and message of the step that resolves.</summary>
    public ConcurrentDictionary<string, (int ExitCode, string Message)> BuildFailures { get; } = new();

    /// <summary>The Jobs that ran, each once for each attempt.</summary>
    public ConcurrentQueue<string> Builds { get; } = new();

    public static async Task<ScriptedKubelet> StartAsync(ResourceClient client, RegistryClient registry)
    {
        await client.ApplyAsync(new V1Node { Metadata = new() { Name = NodeName } }, "tests");
        await client.ApplyStatusAsync(
            new V1Node
            {
                Metadata = new() { Name = NodeName },
                Status = new()
                {
                    Allocatable = new Dictionary<string, ResourceQuantity> { ["cpu"] = new("1000"), ["memory"] = new("1000Gi"), ["pods"] = new("10000") },
                    Capacity = new Dictionary<string, ResourceQuantity> { ["cpu"] = new("1000"), ["memory"] = new("1000Gi"), ["pods"] = new("10000") },
                    Conditions =
                    [
                        new() { Type = "Ready", Status = "True", LastHeartbeatTime = DateTime.UnixEpoch, LastTransitionTime = DateTime.UnixEpoch, Reason = "Ready", Message = "" },
                    ],
                },
            },
            "tests");
        var kubelet = new ScriptedKubelet(client, registry);
        await kubelet.manager.StartAsync();
        return kubelet;
    }

    public ValueTask DisposeAsync() => manager.DisposeAsync();

    private async Task<ReconcileResult> RunAsync(V1Pod pod, CancellationToken cancellationToken)
    {
        if (Finalizers.IsDeleting(pod))
        {
            await client.DeleteAsync<V1Pod>(ObjectKey.Of(pod), new() { Uid = pod.Metadata.Uid, GracePeriodSeconds = 0 }, cancellationToken);
            return ReconcileResult.Done;
        }

        if (pod.Spec.NodeName is null || pod.Status?.StartTime is not null)
            return ReconcileResult.Done;
        var status = pod.Metadata.NamespaceProperty == Names.BuildsNamespace
            ? await BuildAsync(pod, cancellationToken)
            : AppStatus(pod, Scripts.GetValueOrDefault(pod.Metadata.Labels[Labels.Instance]) ?? new PodScript.Serves());
        status.StartTime = TimeProvider.System.GetUtcNow().UtcDateTime;
        await client.MergePatchAsync<V1Pod>(ObjectKey.Of(pod), new { status }, new() { Subresource = "status" }, cancellationToken);
        return ReconcileResult.Done;
    }

    private static V1PodStatus AppStatus(V1Pod pod, PodScript script)
    {
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        var ready = script is PodScript.Serves;
        return new()
        {
            Phase = "Running",
            Conditions =
            [
                new() { Type = "Ready", Status = ready ? "True" : "False", LastTransitionTime = now },
                new() { Type = "ContainersReady", Status = ready ? "True" : "False", LastTransitionTime = now },
            ],
            ContainerStatuses =
            [
                new()
                {
                    Name = pod.Spec.Containers[0].Name,
                    Image = pod.Spec.Containers[0].Image,
                    ImageID = pod.Spec.Containers[0].Image,
                    Ready = ready,
                    RestartCount = script is PodScript.Ends ? 1 : 0,
                    State = script switch
                    {
                        PodScript.Ends => new() { Waiting = new() { Reason = "CrashLoopBackOff", Message = "back-off 10s" } },
                        PodScript.Waits waits => new() { Waiting = new() { Reason = waits.Reason, Message = waits.Message } },
                        _ => new() { Running = new() { StartedAt = now } },
                    },
                    LastState = script is PodScript.Ends ends
                        ? new() { Terminated = new() { ExitCode = ends.ExitCode, Message = ends.Message, Reason = ends.Reason, StartedAt = now, FinishedAt = now } }
                        : null,
                },
            ],
        };
    }

    /// <summary>Does what the builder's contract says: resolve fails or not, push puts a layer on the base image.</summary>
    private async Task<V1PodStatus> BuildAsync(V1Pod pod, CancellationToken cancellationToken)
    {
        Builds.Enqueue(pod.Metadata.Labels["batch.kubernetes.io/job-name"]);
        var source = pod.Spec.Volumes.Single(volume => volume.Name == "source").ConfigMap.Name;
        var requirements = (await client.GetAsync<V1ConfigMap>(pod.Metadata.NamespaceProperty, source, cancellationToken))!.Data["requirements.txt"];
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        foreach (var (word, failure) in BuildFailures)
        {
            if (!requirements.Contains(word, StringComparison.Ordinal))
                continue;
            return new()
            {
                Phase = "Failed",
                InitContainerStatuses = [Ended(pod.Spec.InitContainers[0], failure.ExitCode, failure.Message)],
            };
        }

        var environment = pod.Spec.Containers[0].Env.ToDictionary(variable => variable.Name, variable => variable.Value);
        var baseReference = ImageReference.Parse(environment["AEROGRID_BASE_IMAGE"]);
        var layer = LayerBuilder.Build([LayerFile.Text("opt/aerogrid/dependencies/resolved.txt", requirements)]);
        var image = ImageBuilder.AppendLayer(await registry.GetImageAsync(baseReference, cancellationToken), layer, new());
        await registry.PushImageAsync(ImageReference.Parse(environment["AEROGRID_TARGET_IMAGE"]), image, baseReference.Repository, cancellationToken);
        return new()
        {
            Phase = "Succeeded",
            InitContainerStatuses = [Ended(pod.Spec.InitContainers[0], 0, "")],
            ContainerStatuses = [Ended(pod.Spec.Containers[0], 0, "")],
        };

        V1ContainerStatus Ended(V1Container container, int exitCode, string message) => new()
        {
            Name = container.Name,
            Image = container.Image,
            ImageID = container.Image,
            State = new()
            {
                Terminated = new() { ExitCode = exitCode, Message = message, Reason = exitCode == 0 ? "Completed" : "Error", StartedAt = now, FinishedAt = now },
            },
        };
    }
}
