using k8s.Models;

using AeroGrid.ControllerRuntime.Objects;

namespace AeroGrid.Node.Controllers.Deployments;

/// <summary>Makes the ReplicaSet of a Deployment's present template.</summary>
internal static class ReplicaSetFactory
{
    /// <summary>The longest name that leaves room for a pod's own part (63 characters in all).</summary>
    private const int LongestBase = 46;

    /// <summary>The set in the size that the rollout allows now.</summary>
    /// <param name="deployment">Its owner.</param>
    /// <param name="history">The other sets.</param>
    public static V1ReplicaSet Create(V1Deployment deployment, ReplicaSetHistory history)
    {
        var hash = PodTemplates.Hash(deployment.Spec.Template, deployment.Status?.CollisionCount);
        var template = PodTemplates.WithHash(deployment.Spec.Template, hash);
        var selector = deployment.Spec.Selector with
        {
            MatchLabels = new Dictionary<string, string>(
                deployment.Spec.Selector.MatchLabels ?? new Dictionary<string, string>(), StringComparer.Ordinal)
            {
                [PodTemplates.HashLabel] = hash,
            },
        };
        var name = deployment.Metadata.Name;
        return new()
        {
            ApiVersion = "apps/v1",
            Kind = V1ReplicaSet.KubeKind,
            Metadata = new()
            {
                NamespaceProperty = deployment.Metadata.NamespaceProperty,
                Name = $"{(name.Length > LongestBase ? name[..LongestBase].TrimEnd('-', '.') : name)}-{hash}",
                Labels = new Dictionary<string, string>(template.Metadata.Labels, StringComparer.Ordinal),
                Annotations = ReplicaSetAnnotations.WithSizes(
                    ReplicaSetAnnotations.ForNewSet(deployment, set: null, history.Revision), deployment),
                OwnerReferences = [OwnerReferences.ToController(deployment)],
            },
            Spec = new()
            {
                Replicas = RollingUpdate.IsRecreate(deployment)
                    ? deployment.Replicas()
                    : Scaling.NewSetSize(deployment, newSet: null, history.Old),
                MinReadySeconds = deployment.Spec.MinReadySeconds,
                Selector = selector,
                Template = template,
            },
        };
    }
}
