using AeroGrid.Api;

using k8s.Models;

namespace AeroGrid.Operator.Images.Building;

/// <summary>What a build is made of.</summary>
/// <param name="Tenant">Whose dependencies they are.</param>
/// <param name="Hash">The dependenciesHash.</param>
/// <param name="Attempt">1 for the first.</param>
/// <param name="Requirements">The text of the requirements file.</param>
/// <param name="BaseImage">The runtime's image, by digest.</param>
/// <param name="TargetImage">Where the result is pushed, by tag.</param>
/// <param name="AllowSourceBuilds">Whether packages without a wheel may be built.</param>
/// <param name="PackageIndexUrl">Where packages come from; null for pip's own.</param>
/// <param name="TimeLimit">How long resolving may take.</param>
internal sealed record BuildPlan(
    string Tenant,
    string Hash,
    int Attempt,
    string Requirements,
    string BaseImage,
    string TargetImage,
    bool AllowSourceBuilds,
    string? PackageIndexUrl,
    TimeSpan TimeLimit)
{
    /// <summary>The name of the Job and of its ConfigMap.</summary>
    public string Name => Names.Build(Tenant, Hash, Attempt);
}

/// <summary>
/// The Job that installs dependencies (contract: <c>deploy/images/builder/README.md</c>). What runs code of strangers has no credential, and
/// what has the credential runs no code of strangers.
/// </summary>
internal static class BuildJob
{
    /// <summary>The container that runs pip.</summary>
    public const string Resolve = "resolve";

    /// <summary>The container that pushes.</summary>
    public const string Push = "push";

    /// <summary>Label of a Job: which attempt it is.</summary>
    public const string AttemptLabel = "aerogrid.io/attempt";

    private const long User = 65532;

    /// <summary>On top of the time limit of resolving, for images to be fetched and layers to be pushed: the last resort.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromMinutes(5);

    public static V1Job Create(BuildPlan plan, OperatorOptions options)
    {
        var builder = options.Builder!;
        return new()
        {
            Metadata = new() { Name = plan.Name, NamespaceProperty = Names.BuildsNamespace, Labels = JobLabels(plan) },
            Spec = new()
            {
                // Whether trying again can help is what the build itself says; the Image reconciler does it, with growing pauses.
                BackoffLimit = 0,
                ActiveDeadlineSeconds = (long)(plan.TimeLimit + Slack).TotalSeconds,
                TtlSecondsAfterFinished = (int)builder.KeepFinished.TotalSeconds,
                Template = new()
                {
                    Metadata = new() { Labels = JobLabels(plan) },
                    Spec = new()
                    {
                        RestartPolicy = "Never",
                        AutomountServiceAccountToken = false,
                        EnableServiceLinks = false,
                        SecurityContext = new()
                        {
                            RunAsNonRoot = true,
                            RunAsUser = User,
                            RunAsGroup = User,
                            FsGroup = User,
                            SeccompProfile = new() { Type = "RuntimeDefault" },
                        },
                        InitContainers = [ResolveContainer(plan, builder)],
                        Containers = [PushContainer(plan, options)],
                        Volumes =
                        [
                            new()
                            {
                                Name = "source",
                                ConfigMap = new() { Name = plan.Name, Items = [new() { Key = RequirementsKey, Path = RequirementsKey }] },
                            },
                            new() { Name = "dependencies", EmptyDir = new() },
                            new()
                            {
                                Name = "registry",
                                Secret = new()
                                {
                                    SecretName = Names.PushCredential,
                                    Items = [new() { Key = ".dockerconfigjson", Path = "config.json" }],
                                },
                            },
                        ],
                    },
                },
            },
        };
    }

    /// <summary>The ConfigMap with the requirements. It is the Job's, with which it goes.</summary>
    public static V1ConfigMap Source(BuildPlan plan) => new()
    {
        Metadata = new() { Name = plan.Name, NamespaceProperty = Names.BuildsNamespace, Labels = JobLabels(plan) },
        Immutable = true,
        Data = new Dictionary<string, string> { [RequirementsKey] = plan.Requirements },
    };

    private const string RequirementsKey = "requirements.txt";

    private static Dictionary<string, string> JobLabels(BuildPlan plan) => new(StringComparer.Ordinal)
    {
        [Labels.Name] = "build",
        [Labels.ManagedBy] = Labels.Manager,
        [Labels.Tenant] = plan.Tenant,
        [Labels.Dependencies] = Names.Short(plan.Hash),
        [AttemptLabel] = $"{plan.Attempt}",
    };

    private static V1Container ResolveContainer(BuildPlan plan, BuilderOptions builder)
    {
        var environment = new List<V1EnvVar>
        {
            new() { Name = "AEROGRID_TIME_LIMIT_SECONDS", Value = $"{(int)plan.TimeLimit.TotalSeconds}" },
            new() { Name = "AEROGRID_ALLOW_SOURCE_BUILDS", Value = plan.AllowSourceBuilds ? "true" : "false" },
        };
        if (plan.PackageIndexUrl is { } index)
            environment.Add(new() { Name = "PIP_INDEX_URL", Value = index });
        environment.AddRange(builder.Environment
            .Where(variable => environment.TrueForAll(set => set.Name != variable.Key))
            .OrderBy(variable => variable.Key, StringComparer.Ordinal)
            .Select(variable => new V1EnvVar { Name = variable.Key, Value = variable.Value }));
        var container = Container(Resolve, builder, environment);
        container.VolumeMounts =
        [
            new() { Name = "source", MountPath = "/workspace/source", ReadOnlyProperty = true },
            new() { Name = "dependencies", MountPath = "/workspace/dependencies" },
        ];
        return container;
    }

    private static V1Container PushContainer(BuildPlan plan, OperatorOptions options)
    {
        var environment = new List<V1EnvVar>
        {
            new() { Name = "AEROGRID_BASE_IMAGE", Value = plan.BaseImage },
            new() { Name = "AEROGRID_TARGET_IMAGE", Value = plan.TargetImage },
        };
        if (options.RegistryEndpoint is { } endpoint)
            environment.Add(new() { Name = "REGISTRY_ENDPOINT", Value = endpoint.ToString().TrimEnd('/') });
        var container = Container(Push, options.Builder!, environment);
        container.VolumeMounts =
        [
            new() { Name = "dependencies", MountPath = "/workspace/dependencies", ReadOnlyProperty = true },
            new() { Name = "registry", MountPath = "/workspace/registry", ReadOnlyProperty = true },
        ];
        return container;
    }

    private static V1Container Container(string mode, BuilderOptions builder, List<V1EnvVar> environment) => new()
    {
        Name = mode,
        Image = builder.Image,
        ImagePullPolicy = "IfNotPresent",
        Args = [mode],
        Env = environment,
        Resources = new()
        {
            Requests = new Dictionary<string, ResourceQuantity> { ["cpu"] = new("100m"), ["memory"] = new("128Mi") },
            Limits = new Dictionary<string, ResourceQuantity> { ["memory"] = new(builder.MemoryLimit) },
        },
        SecurityContext = new() { AllowPrivilegeEscalation = false, Capabilities = new() { Drop = ["ALL"] } },
    };
}
