using k8s.Models;

namespace AeroGrid.Node.Tests.Controllers;

/// <summary>Builds objects as the API server would keep them, for the controllers' pure parts.</summary>
internal static class Objects
{
    public static readonly DateTime Start = new(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc);

    private static int counter;

    public static V1PodTemplateSpec Template(string image = "app:1", params (string Key, string Value)[] labels) => new()
    {
        Metadata = new() { Labels = Labels(labels.Length == 0 ? [("app", "web")] : labels) },
        Spec = new() { Containers = [new() { Name = "main", Image = image, Ports = [new() { Name = "http", ContainerPort = 8080 }] }] },
    };

    public static V1Deployment Deployment(int replicas = 3, string? maxSurge = null, string? maxUnavailable = null, string image = "app:1") => new()
    {
        Metadata = Meta("web", generation: 1),
        Spec = new()
        {
            Replicas = replicas,
            Selector = new() { MatchLabels = Labels(("app", "web")) },
            Template = Template(image),
            Strategy = new()
            {
                Type = "RollingUpdate",
                RollingUpdate = new()
                {
                    MaxSurge = maxSurge is null ? null : (IntOrString)maxSurge,
                    MaxUnavailable = maxUnavailable is null ? null : (IntOrString)maxUnavailable,
                },
            },
        },
    };

    public static V1ReplicaSet ReplicaSet(
        string name, int replicas, int available, string image = "app:1", int age = 0, params (string Key, string Value)[] annotations) => new()
    {
        Metadata = Meta(name, generation: 1) with
        {
            CreationTimestamp = Start.AddSeconds(-age),
            Annotations = Labels(annotations),
        },
        Spec = new()
        {
            Replicas = replicas,
            Selector = new() { MatchLabels = Labels(("app", "web")) },
            Template = Template(image),
        },
        Status = new() { Replicas = replicas, ReadyReplicas = available, AvailableReplicas = available, ObservedGeneration = 1 },
    };

    public static V1Pod Pod(
        string name,
        string phase = "Running",
        bool ready = true,
        bool deleting = false,
        string? node = "local",
        int restarts = 0,
        int readyFor = 60,
        int age = 100,
        string? ip = "127.0.0.1",
        params (string Key, string Value)[] annotations) => new()
    {
        Metadata = Meta(name) with
        {
            CreationTimestamp = Start.AddSeconds(-age),
            DeletionTimestamp = deleting ? Start : null,
            Labels = Labels(("app", "web")),
            Annotations = Labels(annotations),
        },
        Spec = Template().Spec with { NodeName = node },
        Status = new()
        {
            Phase = phase,
            PodIP = ip,
            Conditions =
            [
                new() { Type = "Ready", Status = ready ? "True" : "False", LastTransitionTime = Start.AddSeconds(-readyFor) },
            ],
            ContainerStatuses = [new() { Name = "main", Image = "app:1", ImageID = "", RestartCount = restarts, Ready = ready }],
        },
    };

    public static V1ObjectMeta Meta(string name, long? generation = null) => new()
    {
        NamespaceProperty = "demo",
        Name = name,
        Uid = $"uid-{name}",
        ResourceVersion = $"{Interlocked.Increment(ref counter)}",
        Generation = generation,
    };

    public static Dictionary<string, string> Labels(params (string Key, string Value)[] pairs) =>
        pairs.ToDictionary(static pair => pair.Key, static pair => pair.Value);
}
