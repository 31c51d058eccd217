using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Reflection;

using k8s;
using k8s.Models;

namespace AeroGrid.ControllerRuntime.Client;

/// <summary>
/// The <see cref="ResourceType"/> of .NET types that carry <see cref="KubernetesEntityAttribute"/>. The attribute does not say whether a
/// kind is namespaced: Kubernetes' own cluster-scoped kinds are known here; a type of a custom resource says it with any attribute named
/// <c>ClusterScopedAttribute</c> (by name, so that a project of plain types needs no reference to this one), or with <see cref="Register{T}"/>.
/// Thread-safe.
/// </summary>
public static class ResourceTypes
{
    private static readonly FrozenSet<string> ClusterScoped = FrozenSet.Create(
        StringComparer.Ordinal,
        "/namespaces",
        "/nodes",
        "/persistentvolumes",
        "admissionregistration.k8s.io/mutatingwebhookconfigurations",
        "admissionregistration.k8s.io/validatingadmissionpolicies",
        "admissionregistration.k8s.io/validatingadmissionpolicybindings",
        "admissionregistration.k8s.io/validatingwebhookconfigurations",
        "apiextensions.k8s.io/customresourcedefinitions",
        "apiregistration.k8s.io/apiservices",
        "authentication.k8s.io/selfsubjectreviews",
        "authentication.k8s.io/tokenreviews",
        "authorization.k8s.io/selfsubjectaccessreviews",
        "authorization.k8s.io/selfsubjectrulesreviews",
        "authorization.k8s.io/subjectaccessreviews",
        "certificates.k8s.io/certificatesigningrequests",
        "flowcontrol.apiserver.k8s.io/flowschemas",
        "flowcontrol.apiserver.k8s.io/prioritylevelconfigurations",
        "networking.k8s.io/ingressclasses",
        "node.k8s.io/runtimeclasses",
        "rbac.authorization.k8s.io/clusterrolebindings",
        "rbac.authorization.k8s.io/clusterroles",
        "scheduling.k8s.io/priorityclasses",
        "storage.k8s.io/csidrivers",
        "storage.k8s.io/csinodes",
        "storage.k8s.io/storageclasses",
        "storage.k8s.io/volumeattachments");

    private static readonly ConcurrentDictionary<Type, ResourceType> Known = new();

    /// <summary>The resource type of a .NET type.</summary>
    /// <exception cref="InvalidOperationException">The type has no <see cref="KubernetesEntityAttribute"/> and was not registered.</exception>
    public static ResourceType Of<T>()
        where T : IKubernetesObject<V1ObjectMeta> => Of(typeof(T));

    /// <summary>The resource type of a .NET type.</summary>
    /// <exception cref="InvalidOperationException">The type has no <see cref="KubernetesEntityAttribute"/> and was not registered.</exception>
    public static ResourceType Of(Type type) => Known.GetOrAdd(type, FromAttributes);

    /// <summary>Says explicitly what a .NET type stands for, for types whose attributes do not tell. Call it before the type is first used.</summary>
    public static void Register<T>(ResourceType resourceType)
        where T : IKubernetesObject<V1ObjectMeta> => Known[typeof(T)] = resourceType;

    private static ResourceType FromAttributes(Type type)
    {
        var entity = type.GetCustomAttribute<KubernetesEntityAttribute>()
            ?? throw new InvalidOperationException(
                $"{type} has no [KubernetesEntity(Group, ApiVersion, Kind, PluralName)]: add it, or call ResourceTypes.Register.");
        var group = entity.Group ?? "";
        var clusterScoped = ClusterScoped.Contains($"{group}/{entity.PluralName}")
            || type.GetCustomAttributes(inherit: true).Any(attribute => attribute.GetType().Name == "ClusterScopedAttribute");
        return new(group, entity.ApiVersion, entity.Kind, entity.PluralName, Namespaced: !clusterScoped);
    }
}
