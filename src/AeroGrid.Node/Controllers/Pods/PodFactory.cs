using k8s;
using k8s.Models;

using AeroGrid.ControllerRuntime.Objects;

namespace AeroGrid.Node.Controllers.Pods;

/// <summary>Makes the pod that a template describes.</summary>
internal static class PodFactory
{
    /// <summary>A pod that is about to be created, owned by <paramref name="owner"/>. It has no name yet.</summary>
    public static V1Pod FromTemplate<TOwner>(V1PodTemplateSpec template, TOwner owner)
        where TOwner : class, IKubernetesObject<V1ObjectMeta> =>
        new()
        {
            ApiVersion = V1Pod.KubeApiVersion,
            Kind = V1Pod.KubeKind,
            Metadata = new()
            {
                NamespaceProperty = owner.Metadata.NamespaceProperty,
                GenerateName = owner.Metadata.Name + "-",
                Labels = Copy(template.Metadata?.Labels),
                Annotations = Copy(template.Metadata?.Annotations),
                Finalizers = template.Metadata?.Finalizers is { Count: > 0 } finalizers ? [.. finalizers] : null,
                OwnerReferences = [OwnerReferences.ToController(owner)],
            },
            Spec = template.Spec,
        };

    private static Dictionary<string, string>? Copy(IDictionary<string, string>? pairs) =>
        pairs is { Count: > 0 } ? new(pairs, StringComparer.Ordinal) : null;
}
