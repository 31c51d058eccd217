using System.Security.Cryptography;
using System.Text.Json;

using k8s.Models;

using AeroGrid.Api;
using AeroGrid.ControllerRuntime.Client;

namespace AeroGrid.Operator.Apps.Children;

/// <summary>
/// The Deployment of an app. A new version's pods are ready before old ones stop (maxUnavailable 0), so a version that does not start never
/// takes a serving one down: the roll-out does not go on.
/// </summary>
internal static class AppDeployment
{
    /// <summary>
    /// How long a pod that must go still serves: the time in which every gateway learns that it goes, and in which requests that it has
    /// come to their end. Only then it gets SIGTERM, which ends Python at once.
    /// </summary>
    private const int DrainSeconds = 5;

    public static V1Deployment Create(AppRun run)
    {
        var template = AppPod.Create(run, DrainSeconds);
        template.Metadata.Labels[Labels.Template] = TemplateHash(template);
        return new()
        {
            Metadata = new()
            {
                Name = Names.Deployment(run.Name),
                NamespaceProperty = run.Tenant,
                Labels = Labels.Of(run.Name),
            },
            Spec = new()
            {
                Replicas = Replicas(run),
                RevisionHistoryLimit = 2,
                ProgressDeadlineSeconds = 60,
                Selector = new() { MatchLabels = Selector(run) },
                Strategy = new() { Type = "RollingUpdate", RollingUpdate = new() { MaxUnavailable = 0, MaxSurge = 1 } },
                Template = template,
            },
        };
    }

    /// <summary>How many pods are wanted.</summary>
    public static int Replicas(AppRun run) => run.IsStopped ? 0 : run.App.Spec.Replicas ?? 1;

    /// <summary>What an app's pods of all versions have in common. It never changes: a Deployment's selector cannot.</summary>
    public static Dictionary<string, string> Selector(AppRun run) => new(StringComparer.Ordinal)
    {
        [Labels.Instance] = run.Name,
        [Labels.ManagedBy] = Labels.Manager,
    };

    /// <summary>The label by which pods of a Deployment's present template are known; null when there is none.</summary>
    public static string? TemplateOf(V1Deployment? deployment) =>
        deployment?.Spec?.Template?.Metadata?.Labels is { } labels && labels.TryGetValue(Labels.Template, out var hash) ? hash : null;

    private static string TemplateHash(V1PodTemplateSpec template) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(template, ResourceSerializer.Options)).AsSpan(0, 8));
}
