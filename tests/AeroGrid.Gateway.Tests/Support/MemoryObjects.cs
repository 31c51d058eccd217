using System.Collections.Concurrent;

using k8s;
using k8s.Models;

using AeroGrid.ControllerRuntime;
using AeroGrid.Gateway.Ingress;
using AeroGrid.Gateway.Resources;

namespace AeroGrid.Gateway.Tests.Support;

/// <summary>Objects of a test that is about requests and not about watching. Later objects replace earlier ones of the same name.</summary>
internal sealed class MemoryObjects : IGatewayObjects
{
    private readonly ConcurrentDictionary<(Type, ObjectKey), IKubernetesObject<V1ObjectMeta>> objects = new();

    public IReadOnlyList<IstioGateway> Gateways => All<IstioGateway>();

    public IReadOnlyList<VirtualService> VirtualServices => All<VirtualService>();

    public IReadOnlyList<RequestAuthentication> RequestAuthentications => All<RequestAuthentication>();

    public IReadOnlyList<AuthorizationPolicy> AuthorizationPolicies => All<AuthorizationPolicy>();

    public V1Service? Service(ObjectKey key) => objects.GetValueOrDefault((typeof(V1Service), key)) as V1Service;

    public IReadOnlyList<V1EndpointSlice> EndpointSlices(ObjectKey service) =>
        [.. All<V1EndpointSlice>().Where(slice =>
            slice.Metadata.NamespaceProperty == service.Namespace && slice.Metadata.Labels["kubernetes.io/service-name"] == service.Name)];

    public void Put(params IKubernetesObject<V1ObjectMeta>[] added)
    {
        foreach (var obj in added)
            objects[(obj.GetType(), ObjectKey.Of(obj))] = obj;
    }

    public void Remove(IKubernetesObject<V1ObjectMeta> obj) => objects.TryRemove((obj.GetType(), ObjectKey.Of(obj)), out _);

    private List<T> All<T>() => [.. objects.Values.OfType<T>()];
}
