using System.Security.Cryptography;
using System.Text.Json;

using k8s.Models;

using AeroGrid.Api;
using AeroGrid.Api.Apps;
using AeroGrid.Api.Tenants;
using AeroGrid.ControllerRuntime.Client;

namespace AeroGrid.Operator.Apps.Children;

/// <summary>The pods of an app: one container, which may do nothing but run the user's code (Kubernetes' Pod Security Standard "restricted").</summary>
internal static class AppPod
{
    /// <summary>The user of the runtimes' images: nobody in particular.</summary>
    private const long User = 65532;

    public static V1PodTemplateSpec Create(AppRun run, int drainSeconds) => new()
    {
        Metadata = new()
        {
            Labels = new Dictionary<string, string>(Labels.Of(run.Name)) { [Labels.Version] = run.Version },
            Annotations = TenantAnnotations(run.TenantObject),
        },
        Spec = new()
        {
            // User code has no business with the API server, nor with the addresses of all other services in its environment.
            AutomountServiceAccountToken = false,
            EnableServiceLinks = false,
            TerminationGracePeriodSeconds = drainSeconds + 10,
            SecurityContext = new()
            {
                RunAsNonRoot = true,
                RunAsUser = User,
                RunAsGroup = User,
                SeccompProfile = new() { Type = "RuntimeDefault" },
            },
            Containers = [Container(run, drainSeconds)],
        },
    };

    private static V1Container Container(AppRun run, int drainSeconds) => new()
    {
        Name = Names.AppContainer,
        Image = run.Image!.Status!.Image,

        // By digest: what is there already is the right one.
        ImagePullPolicy = "IfNotPresent",
        Ports = [.. run.Runtime!.Spec.Ports.Select(port => new V1ContainerPort
        {
            Name = port.Name,
            ContainerPort = port.ContainerPort,
            Protocol = "TCP",
        })],
        Env = Environment(run),
        EnvFrom = run.TenantObject?.Spec.Env is { Count: > 0 }
            ? [new() { SecretRef = new() { Name = Names.TenantEnvironment, Optional = true } }]
            : null,
        Resources = Resources(run.App.Spec.Resources),
        ReadinessProbe = new() { TcpSocket = new() { Port = "http" }, PeriodSeconds = 1, FailureThreshold = 3, TimeoutSeconds = 1 },

        // For an app that stopped listening though its process lives. Slow starters get a minute; the operator tells them long before.
        LivenessProbe = new()
        {
            TcpSocket = new() { Port = "http" },
            InitialDelaySeconds = 60,
            PeriodSeconds = 10,
            FailureThreshold = 3,
            TimeoutSeconds = 2,
        },
        Lifecycle = new() { PreStop = new() { Sleep = new() { Seconds = drainSeconds } } },

        // The operator reads the app's last output in the pod's status.
        TerminationMessagePolicy = "FallbackToLogsOnError",
        SecurityContext = new()
        {
            AllowPrivilegeEscalation = false,
            Capabilities = new() { Drop = ["ALL"] },
        },
    };

    private static List<V1EnvVar> Environment(AppRun run)
    {
        var variables = new List<V1EnvVar>
        {
            new() { Name = "AEROGRID_APP", Value = run.Name },
            new() { Name = "AEROGRID_TENANT", Value = run.Tenant },
        };
        foreach (var port in run.Runtime!.Spec.Ports)
        {
            var number = $"{port.ContainerPort}";
            if (port.Name == "http")
                variables.Add(new() { Name = "PORT", Value = number });
            variables.Add(new() { Name = $"PORT_{port.Name.ToUpperInvariant().Replace('-', '_')}", Value = number });
        }

        // The CRD refuses variables of these names in spec.env, so none comes twice.
        variables.AddRange((run.App.Spec.Env ?? []).Select(Variable));
        return variables;
    }

    private static V1EnvVar Variable(EnvironmentVariable variable) => variable.ValueFrom?.SecretKeyRef is { } secret
        ? new()
        {
            Name = variable.Name,
            ValueFrom = new() { SecretKeyRef = new() { Name = secret.Name, Key = secret.Key, Optional = secret.Optional } },
        }
        : new() { Name = variable.Name, Value = variable.Value ?? "" };

    private static V1ResourceRequirements Resources(AppResources? wanted)
    {
        var requests = new Dictionary<string, ResourceQuantity>(StringComparer.Ordinal)
        {
            ["cpu"] = wanted?.Requests?.Cpu ?? new ResourceQuantity("50m"),
            ["memory"] = wanted?.Requests?.Memory ?? new ResourceQuantity("64Mi"),
        };
        var limits = new Dictionary<string, ResourceQuantity>(StringComparer.Ordinal)
        {
            ["memory"] = wanted?.Limits?.Memory ?? Largest(new ResourceQuantity("256Mi"), requests["memory"]),
        };
        if (wanted?.Limits?.Cpu is { } cpu)
            limits["cpu"] = cpu;

        // A default request must not be above a limit that a person set.
        foreach (var (name, limit) in limits)
        {
            if (limit.ToDecimal() < requests[name].ToDecimal() && IsDefault(name))
                requests[name] = limit;
        }

        return new() { Requests = requests, Limits = limits };

        bool IsDefault(string name) => (name == "cpu" ? wanted?.Requests?.Cpu : wanted?.Requests?.Memory) is null;
    }

    private static ResourceQuantity Largest(ResourceQuantity left, ResourceQuantity right) =>
        left.ToDecimal() >= right.ToDecimal() ? left : right;

    private static Dictionary<string, string>? TenantAnnotations(Tenant? tenant)
    {
        if (tenant?.Spec.Env is not { Count: > 0 } variables)
            return null;
        var hash = SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(variables, ResourceSerializer.Options));
        return new(StringComparer.Ordinal) { [Labels.TenantEnvironment] = Convert.ToHexStringLower(hash.AsSpan(0, 8)) };
    }
}
