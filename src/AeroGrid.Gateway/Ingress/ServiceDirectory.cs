using System.Collections.Concurrent;
using System.Collections.Frozen;

using k8s.Models;

using AeroGrid.ControllerRuntime;

namespace AeroGrid.Gateway.Ingress;

/// <summary>
/// Keeps a <see cref="Backend"/> for every Service that exists or that a route names. Endpoints come from all EndpointSlices of a Service, each
/// with its own ports, as Kubernetes writes them when a named target port differs between pods. Thread-safe.
/// </summary>
/// <param name="service">The Service of a key as it is known now, or null.</param>
/// <param name="slices">The EndpointSlices of a Service as they are known now.</param>
internal sealed class ServiceDirectory(Func<ObjectKey, V1Service?> service, Func<ObjectKey, IReadOnlyList<V1EndpointSlice>> slices)
{
    /// <summary>Names a slice's Service (KEP-752).</summary>
    public const string ServiceNameLabel = "kubernetes.io/service-name";

    private readonly ConcurrentDictionary<ObjectKey, Backend> backends = new();
    private readonly ConcurrentDictionary<(string Address, int Port), WeakReference<Endpoint>> endpoints = new();
    private readonly Lock gate = new();
    private int added;

    /// <summary>The backend of a Service, whether it exists already or not.</summary>
    public Backend Get(ObjectKey key)
    {
        if (backends.TryGetValue(key, out var known))
            return known;
        lock (gate)
        {
            var backend = backends.GetOrAdd(key, static key => new Backend(key));
            backend.State = Read(key);
            return backend;
        }
    }

    /// <summary>The backend of a Service that a route names.</summary>
    public Backend? Find(ObjectKey key) => backends.GetValueOrDefault(key);

    /// <summary>A Service or one of its slices changed.</summary>
    public void Refresh(ObjectKey key)
    {
        // Under a lock, so that of two changes at the same time the later reading is the one that stays.
        lock (gate)
        {
            if (backends.TryGetValue(key, out var backend))
                backend.State = Read(key);
        }
    }

    /// <summary>Forgets backends that no route names.</summary>
    public void Prune(IReadOnlySet<Backend> used)
    {
        foreach (var (key, backend) in backends)
        {
            if (!used.Contains(backend))
                backends.TryRemove(KeyValuePair.Create(key, backend));
        }
    }

    private BackendState Read(ObjectKey key)
    {
        if (service(key) is not { } found)
            return BackendState.Missing;
        var all = slices(key);
        var ports = new Dictionary<int, BackendPort>();
        foreach (var port in found.Spec?.Ports ?? [])
        {
            if (port.Protocol is null or "TCP")
                ports[port.Port] = new(IsHttp2(port), WorkloadPort(port), Endpoints(all, port.Name ?? ""));
        }

        var labels = (found.Spec?.Selector ?? new Dictionary<string, string>()).ToFrozenDictionary(StringComparer.Ordinal);
        return new(labels, ports.ToFrozenDictionary());
    }

    private Endpoint[] Endpoints(IReadOnlyList<V1EndpointSlice> all, string portName)
    {
        // An endpoint may be in two slices for a moment (Kubernetes, EndpointSlices, "Duplicate endpoints").
        var found = new Dictionary<(string, int), Endpoint>();
        foreach (var slice in all)
        {
            if (slice.AddressType is not ("IPv4" or "IPv6"))
                continue;
            foreach (var port in slice.Ports ?? [])
            {
                if ((port.Name ?? "") != portName || port.Port is not { } number || port.Protocol is not (null or "TCP"))
                    continue;
                foreach (var endpoint in slice.Endpoints ?? [])
                {
                    if (IsReady(endpoint.Conditions) && endpoint.Addresses is [{ } address, ..])
                        found[(address, number)] = Known(address, number);
                }
            }
        }

        return [.. found.Values];
    }

    /// <summary>
    /// Unknown readiness counts as ready (EndpointSlice v1). <c>ready</c> is false for terminating pods already, but for Services that publish
    /// addresses that are not ready; a pod that is going gets no new request in any case.
    /// </summary>
    private static bool IsReady(V1EndpointConditions? conditions) => conditions is null || (conditions.Ready != false && conditions.Terminating != true);

    private static bool IsHttp2(V1ServicePort port)
    {
        // The field wins over the name (Istio, "Explicit protocol selection"); kubernetes.io/h2c is KEP-3726.
        if (!string.IsNullOrEmpty(port.AppProtocol))
            return port.AppProtocol is "kubernetes.io/h2c" or "grpc" or "http2";
        var protocol = (port.Name ?? "").Split('-', 2)[0];
        return protocol is "grpc" or "http2";
    }

    private static string WorkloadPort(V1ServicePort port) =>
        port.TargetPort?.Value is { Length: > 0 } target && target.All(char.IsAsciiDigit) ? target : $"{port.Port}";

    /// <summary>Keeps the counters of an endpoint that stays while others come and go.</summary>
    private Endpoint Known(string address, int port)
    {
        if (endpoints.TryGetValue((address, port), out var reference) && reference.TryGetTarget(out var endpoint))
            return endpoint;
        endpoint = new Endpoint(address, port);
        endpoints[(address, port)] = new(endpoint);
        if (++added % 1024 == 0)
        {
            foreach (var entry in endpoints.Where(entry => !entry.Value.TryGetTarget(out _)))
                endpoints.TryRemove(entry);
        }

        return endpoint;
    }
}
