using System.Threading.Channels;

using k8s;
using k8s.Models;

using AeroGrid.ControllerRuntime;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.ControllerRuntime.Informers;
using AeroGrid.Gateway.Resources;

using Microsoft.Extensions.Logging;

namespace AeroGrid.Gateway.Ingress;

/// <summary>
/// The objects of an API server, followed by informers. Without a connection the last state stays good. Several changes at a time make one new
/// snapshot. Thread-safe.
/// </summary>
internal sealed class WatchedObjects : IGatewayObjects, IDisposable
{
    private const string ByService = "service";

    private readonly ResourceClient client;
    private readonly ILoggerFactory loggers;
    private readonly TimeProvider time;
    private readonly Informer<VirtualService> virtualServices;
    private readonly Informer<IstioGateway> gateways;
    private readonly Informer<RequestAuthentication> authentications;
    private readonly Informer<AuthorizationPolicy> policies;
    private readonly Informer<V1Service> services;
    private readonly Informer<V1EndpointSlice> slices;
    private readonly List<(Func<CancellationToken, Task> Run, Func<CancellationToken, Task> Synced)> informers = [];

    private readonly Channel<bool> changes =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public WatchedObjects(ResourceClient client, ILoggerFactory loggers, TimeProvider time)
    {
        (this.client, this.loggers, this.time) = (client, loggers, time);
        policies = Follow<AuthorizationPolicy>();
        authentications = Follow<RequestAuthentication>();
        gateways = Follow<IstioGateway>();
        services = Follow<V1Service>();
        slices = Follow<V1EndpointSlice>().AddIndex(ByService, slice => ServiceOf(slice) is { } key ? [key.ToString()] : []);
        virtualServices = Follow<VirtualService>();
    }

    public IReadOnlyList<IstioGateway> Gateways => gateways.List();

    public IReadOnlyList<VirtualService> VirtualServices => virtualServices.List();

    public IReadOnlyList<RequestAuthentication> RequestAuthentications => authentications.List();

    public IReadOnlyList<AuthorizationPolicy> AuthorizationPolicies => policies.List();

    public V1Service? Service(ObjectKey key) => services.Get(key);

    public IReadOnlyList<V1EndpointSlice> EndpointSlices(ObjectKey service) => slices.ByIndex(ByService, service.ToString());

    /// <summary>Keeps a state up to date until cancelled.</summary>
    public async Task FollowAsync(GatewayState state, CancellationToken cancellationToken)
    {
        services.Changed += (old, now) => state.Refresh(ObjectKey.Of((now ?? old)!));
        slices.Changed += (old, now) => OnSliceChanged(state, old, now);
        gateways.Changed += Signal;
        virtualServices.Changed += Signal;
        authentications.Changed += Signal;
        policies.Changed += Signal;

        var runs = Task.WhenAll(informers.Select(informer => Task.Run(() => informer.Run(cancellationToken), CancellationToken.None)));
        try
        {
            // All kinds, before anything is served: a route whose policy is not known yet would be open.
            await Task.WhenAll(informers.Select(informer => informer.Synced(cancellationToken))).ConfigureAwait(false);
            do
            {
                changes.Reader.TryRead(out _);
                state.Build();
            }
            while (await changes.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await runs.ConfigureAwait(false);
        }
    }

    public void Dispose() => client.Dispose();

    private static ObjectKey? ServiceOf(V1EndpointSlice slice) =>
        slice.Metadata.Labels is { } labels && labels.TryGetValue(ServiceDirectory.ServiceNameLabel, out var name)
            ? new(slice.Metadata.NamespaceProperty, name)
            : null;

    private static void OnSliceChanged(GatewayState state, V1EndpointSlice? old, V1EndpointSlice? now)
    {
        var before = old is null ? null : ServiceOf(old);
        var after = now is null ? null : ServiceOf(now);
        if (before is { } left && left != after)
            state.Refresh(left);
        if (after is { } entered)
            state.Refresh(entered);
    }

    private Informer<T> Follow<T>()
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var informer = new Informer<T>(client, loggers: loggers, timeProvider: time);
        informers.Add((informer.RunAsync, informer.WaitForSyncAsync));
        return informer;
    }

    private void Signal<T>(T? old, T? now) => changes.Writer.TryWrite(true);
}
