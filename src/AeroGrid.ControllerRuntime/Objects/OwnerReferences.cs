using k8s;
using k8s.Models;

using AeroGrid.ControllerRuntime.Client;

namespace AeroGrid.ControllerRuntime.Objects;

/// <summary>Owner references with <c>controller: true</c>: at most one for each object, and the one that decides what it looks like.</summary>
public static class OwnerReferences
{
    /// <summary>A controller reference to an owner. The owner must have been read from the server: the reference holds its uid.</summary>
    public static V1OwnerReference ToController<TOwner>(TOwner owner)
        where TOwner : class, IKubernetesObject<V1ObjectMeta>
    {
        ArgumentNullException.ThrowIfNull(owner);
        if (string.IsNullOrEmpty(owner.Metadata.Uid))
            throw new ArgumentException("The owner has no uid: it must have been read from the server.", nameof(owner));
        var type = ResourceTypes.Of(owner.GetType());
        return new V1OwnerReference
        {
            ApiVersion = type.ApiVersion,
            Kind = type.Kind,
            Name = owner.Metadata.Name,
            Uid = owner.Metadata.Uid,
            Controller = true,
            BlockOwnerDeletion = true,
        };
    }

    /// <summary>Makes an object the controller of another, which is about to be applied or created.</summary>
    /// <exception cref="InvalidOperationException">Another controller owns it.</exception>
    public static T OwnedBy<T, TOwner>(this T obj, TOwner owner)
        where T : class, IKubernetesObject<V1ObjectMeta>
        where TOwner : class, IKubernetesObject<V1ObjectMeta>
    {
        var reference = ToController(owner);
        if (ControllerOf(obj) is { } other && other.Uid != reference.Uid)
            throw new InvalidOperationException($"{obj.Metadata.Name} is controlled by {other.Kind} {other.Name} already.");
        obj.Metadata.OwnerReferences = [.. (obj.Metadata.OwnerReferences ?? []).Where(r => r.Uid != reference.Uid), reference];
        return obj;
    }

    /// <summary>The reference to an object's controller, or null.</summary>
    public static V1OwnerReference? ControllerOf(IKubernetesObject<V1ObjectMeta> obj)
    {
        ArgumentNullException.ThrowIfNull(obj);
        var references = obj.Metadata.OwnerReferences;
        if (references is null)
            return null;
        foreach (var reference in references)
        {
            if (reference.Controller == true)
                return reference;
        }

        return null;
    }

    /// <summary>Whether this very owner (its uid, not only its name) controls an object.</summary>
    public static bool IsControlledBy(IKubernetesObject<V1ObjectMeta> obj, IKubernetesObject<V1ObjectMeta> owner)
    {
        ArgumentNullException.ThrowIfNull(owner);
        return ControllerOf(obj)?.Uid is { } uid && uid == owner.Metadata.Uid;
    }

    /// <summary>The key of an object's controller when that is of the kind <typeparamref name="TOwner"/>, in any version; null otherwise.</summary>
    public static ObjectKey? ControllerKey<TOwner>(IKubernetesObject<V1ObjectMeta> obj)
        where TOwner : class, IKubernetesObject<V1ObjectMeta>
    {
        if (ControllerOf(obj) is not { } reference)
            return null;
        var type = ResourceTypes.Of<TOwner>();
        if (reference.Kind != type.Kind || GroupOf(reference.ApiVersion) != type.Group)
            return null;
        return new(type.Namespaced ? obj.Metadata.NamespaceProperty : null, reference.Name);
    }

    private static string GroupOf(string? apiVersion) =>
        apiVersion is not null && apiVersion.IndexOf('/') is > 0 and var slash ? apiVersion[..slash] : "";
}
