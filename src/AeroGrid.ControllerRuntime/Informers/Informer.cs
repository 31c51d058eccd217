using k8s;
using k8s.Models;

using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

using AeroGrid.ControllerRuntime.Client;
using AeroGrid.ControllerRuntime.Diagnostics;

namespace AeroGrid.ControllerRuntime.Informers;

/// <summary>
/// A local copy of the objects of a kind that follows the server, whatever happens to the connection. Reads are local and thread-safe.
/// The objects are shared: never change one, change a <see cref="ResourceSerializer.DeepCopy{T}"/>.
/// </summary>
/// <typeparam name="T">The kind.</typeparam>
public sealed partial class Informer<T> : IInformer
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    private readonly ObjectStore<T> store = new();
    private readonly TaskCompletionSource synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Reflector<T> reflector;
    private readonly ILogger logger;

    /// <summary>An informer on its own; controllers share the ones of their <c>ControllerManager</c>. Nothing happens before <see cref="RunAsync"/>.</summary>
    public Informer(
        ResourceClient client, InformerOptions? options = null, ILoggerFactory? loggers = null, TimeProvider? timeProvider = null)
    {
        Options = options ?? new();
        logger = (loggers ?? NullLoggerFactory.Instance).CreateLogger(typeof(Informer<>).FullName!.Split('`')[0]);
        reflector = new Reflector<T>(client, Options, this, logger, timeProvider ?? TimeProvider.System);
    }

    /// <summary>
    /// An object came (old is null), changed, or went (new is null). Called in the server's order, on the informer's own flow: a handler
    /// must be quick and must not wait. Deletions that happened while the connection was down are told as soon as it is up again.
    /// </summary>
#pragma warning disable MA0046 // A change is two states; a sender and an arguments object would be made for every change and read by none.
    public event Action<T?, T?>? Changed;
#pragma warning restore MA0046

    /// <summary>What this informer keeps.</summary>
    public InformerOptions Options { get; }

    /// <summary>Whether the first list is in.</summary>
    public bool HasSynced => synced.Task.IsCompletedSuccessfully;

    /// <summary>How many objects there are.</summary>
    public int Count => store.Count;

    /// <summary>Ends when the first list is in.</summary>
    public Task WaitForSyncAsync(CancellationToken cancellationToken = default) => synced.Task.WaitAsync(cancellationToken);

    /// <summary>The object, or null when there is none (in this informer's selection, as far as the server has told).</summary>
    public T? Get(ObjectKey key) => store.Get(key);

    /// <summary>The object, or null when there is none.</summary>
    public T? Get(string? namespaceName, string name) => store.Get(new(namespaceName, name));

    /// <summary>All objects, or those of one namespace, in no particular order.</summary>
    public IReadOnlyList<T> List(string? namespaceName = null) => store.List(namespaceName);

    /// <summary>Adds an index: objects can be found by any of the values that the function gives for them.</summary>
    /// <exception cref="InvalidOperationException">There is one of that name.</exception>
    public Informer<T> AddIndex(string name, Func<T, IEnumerable<string>> values)
    {
        store.AddIndex(name, values);
        return this;
    }

    /// <summary>Whether there is an index of this name.</summary>
    public bool HasIndex(string name) => store.HasIndex(name);

    /// <summary>The objects for which an index' function gives a value.</summary>
    /// <exception cref="ArgumentException">There is no such index.</exception>
    public IReadOnlyList<T> ByIndex(string name, string value) => store.ByIndex(name, value);

    /// <summary>The objects whose controller is an owner with this uid. The index is added on first use.</summary>
    public IReadOnlyList<T> OwnedBy(IKubernetesObject<V1ObjectMeta> owner)
    {
        ArgumentNullException.ThrowIfNull(owner);
        const string Name = "controller-uid";
        lock (store)
        {
            if (!store.HasIndex(Name))
                store.AddIndex(Name, static obj => Objects.OwnerReferences.ControllerOf(obj) is { } controller ? [controller.Uid] : []);
        }

        return store.ByIndex(Name, owner.Metadata.Uid);
    }

    /// <summary>Follows the server until cancelled. Faults of server and connection are logged, counted and got over; none ends it.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => reflector.RunAsync(cancellationToken);

    internal void OnList(IReadOnlyList<T> list, IReadOnlySet<ObjectKey> unknown)
    {
        foreach (var obj in list)
            Slim(obj);
        foreach (var (old, now) in store.Replace(list, unknown))
            Tell(old, now);
        synced.TrySetResult();
    }

    internal void OnSet(T obj)
    {
        Slim(obj);
        var old = store.Set(obj);
        if (old is null || !ObjectStore<T>.IsSameState(old, obj))
            Tell(old, obj);
    }

    internal void OnDelete(T last)
    {
        if (store.Remove(ObjectKey.Of(last)) is null)
            return;
        Slim(last);
        Tell(last, null);
    }

    private void Slim(T obj)
    {
        if (!Options.KeepManagedFields)
            obj.Metadata.ManagedFields = null;
    }

    private void Tell(T? old, T? now)
    {
        var type = old is null ? "added" : now is null ? "deleted" : "modified";
        ControllerTelemetry.InformerChanges.Add(1, ControllerTelemetry.Kind(reflector.Kind), new("change.type", type));
        foreach (var handler in Delegate.EnumerateInvocationList(Changed))
        {
            try
            {
                handler(old, now);
            }
#pragma warning disable CA1031 // One faulty handler must neither end the informer nor hide the change from the others.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Log.HandlerFailed(logger, e, reflector.Kind, ObjectKey.Of((now ?? old)!));
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "A handler of changes failed for {Kind} {Key}")]
        public static partial void HandlerFailed(ILogger logger, Exception exception, string kind, ObjectKey key);
    }
}

/// <summary>What a manager needs of informers of all kinds.</summary>
internal interface IInformer
{
    bool HasSynced { get; }

    Task WaitForSyncAsync(CancellationToken cancellationToken = default);

    Task RunAsync(CancellationToken cancellationToken);
}
