using k8s.Models;

namespace AeroGrid.Node.Controllers.Deployments;

/// <summary>What a Deployment writes on its ReplicaSets, under the names that kubectl reads.</summary>
internal static class ReplicaSetAnnotations
{
    /// <summary>The number of a rollout, on the ReplicaSet and on the Deployment; <c>kubectl rollout history</c> and <c>undo</c> go by it.</summary>
    public const string Revision = "deployment.kubernetes.io/revision";

    /// <summary>The numbers that a ReplicaSet had before it was rolled back to.</summary>
    public const string RevisionHistory = "deployment.kubernetes.io/revision-history";

    /// <summary>The Deployment's replicas when the set's size was last decided: another number now means that it was scaled.</summary>
    public const string DesiredReplicas = "deployment.kubernetes.io/desired-replicas";

    /// <summary>That, and the surge.</summary>
    public const string MaxReplicas = "deployment.kubernetes.io/max-replicas";

    private static readonly HashSet<string> NotCopied =
    [
        "kubectl.kubernetes.io/last-applied-configuration", Revision, RevisionHistory, DesiredReplicas, MaxReplicas,
        "deprecated.deployment.rollback.to",
    ];

    /// <summary>The annotations of the set of the present template: the Deployment's own (the change cause among them) and the revision.</summary>
    public static Dictionary<string, string> ForNewSet(V1Deployment deployment, V1ReplicaSet? set, long revision)
    {
        var annotations = new Dictionary<string, string>(set?.Metadata.Annotations ?? new Dictionary<string, string>(), StringComparer.Ordinal);
        foreach (var (key, value) in deployment.Metadata.Annotations ?? new Dictionary<string, string>())
        {
            if (!NotCopied.Contains(key))
                annotations[key] = value;
        }

        var before = set?.Annotation(Revision);
        if (before is null)
        {
            annotations[Revision] = $"{revision}";
        }
        else if (long.TryParse(before, out var old) && old < revision)
        {
            var history = set!.Annotation(RevisionHistory);
            annotations[RevisionHistory] = string.IsNullOrEmpty(history) ? before : $"{history},{before}";
            annotations[Revision] = $"{revision}";
        }

        return annotations;
    }

    /// <summary>Adds the sizes that the set's own size was decided by.</summary>
    public static Dictionary<string, string> WithSizes(IDictionary<string, string>? annotations, V1Deployment deployment)
    {
        var wanted = deployment.Replicas();
        return new(annotations ?? new Dictionary<string, string>(), StringComparer.Ordinal)
        {
            [DesiredReplicas] = $"{wanted}",
            [MaxReplicas] = $"{wanted + RollingUpdate.Of(deployment).MaxSurge}",
        };
    }

    /// <summary>The annotation's value, or null.</summary>
    public static string? Annotation(this V1ReplicaSet set, string name) =>
        set.Metadata.Annotations?.TryGetValue(name, out var value) == true ? value : null;

    /// <summary>The set's revision; 0 when it has none.</summary>
    public static long RevisionOf(V1ReplicaSet set) => long.TryParse(set.Annotation(Revision), out var revision) ? revision : 0;

    /// <summary>The wanted number of pods, with Kubernetes' default.</summary>
    public static int Replicas(this V1Deployment deployment) => deployment.Spec.Replicas ?? 1;

    /// <summary>The wanted number of pods, with Kubernetes' default.</summary>
    public static int Replicas(this V1ReplicaSet set) => set.Spec.Replicas ?? 1;

    /// <summary>How many of the set's pods are available, and still wanted: a set that was shrunk a moment ago may still count more.</summary>
    public static int Available(this V1ReplicaSet set) => Math.Min(set.Status?.AvailableReplicas ?? 0, set.Replicas());
}
