using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using AeroGrid.Client.Http;

namespace AeroGrid.Client.Resources;

/// <summary>
/// Resources of one kind that belong to the platform as a whole. Thread-safe. Every method throws what <see cref="Errors"/> has: not reachable,
/// not signed in, not allowed, not found, conflict, invalid.
/// </summary>
/// <typeparam name="T">The kind.</typeparam>
/// <typeparam name="TList">Its list.</typeparam>
public abstract class ClusterResourceClient<T, TList>
    where T : class, IResource
    where TList : class, IResourceList<T>
{
    private readonly string _root;

    private protected ClusterResourceClient(ApiConnection connection, string root, JsonTypeInfo<T> type, JsonTypeInfo<TList> listType)
    {
        _root = root;
        Endpoint = new ResourceEndpoint<T, TList>(connection, type, listType);
    }

    private protected ResourceEndpoint<T, TList> Endpoint { get; }

    /// <summary>The resource.</summary>
    public Task<T> GetAsync(string name, CancellationToken cancellationToken = default) => Endpoint.GetAsync(PathOf(name), cancellationToken);

    /// <summary>The resource; null when there is none of that name.</summary>
    public Task<T?> FindAsync(string name, CancellationToken cancellationToken = default) => Endpoint.FindAsync(PathOf(name), cancellationToken);

    /// <summary>All resources, in the order of their names.</summary>
    public Task<TList> ListAsync(ListOptions? options = null, CancellationToken cancellationToken = default) => Endpoint.ListAsync(_root, options, cancellationToken);

    /// <summary>
    /// The resources there are, and what happens to them from then on. Never ends by itself: it reconnects with growing pauses, and lists again
    /// when it must. Ends by cancellation, or with an exception when the first list fails or the person may not watch any more.
    /// </summary>
    public IAsyncEnumerable<ResourceChange<T>> WatchAsync(ListOptions? options = null, CancellationToken cancellationToken = default) =>
        Endpoint.WatchAsync(_root, options, cancellationToken);

    /// <summary>Creates a resource.</summary>
    public Task<T> CreateAsync(T resource, CancellationToken cancellationToken = default) => Endpoint.CreateAsync(_root, resource, cancellationToken);

    /// <summary>Writes a whole resource. With the <c>resourceVersion</c> that was read, another's change in between is a conflict.</summary>
    public Task<T> ReplaceAsync(T resource, CancellationToken cancellationToken = default) => Endpoint.ReplaceAsync(PathOf(NameOf(resource)), resource, cancellationToken);

    /// <summary>Creates a resource, or writes the fields that are set and leaves the others alone.</summary>
    public Task<T> ApplyAsync(T resource, ApplyOptions options, CancellationToken cancellationToken = default) =>
        Endpoint.ApplyAsync(PathOf(NameOf(resource)), resource, options, cancellationToken);

    /// <summary>Changes fields: a merge patch (RFC 7386), in which null removes.</summary>
    public Task<T> PatchAsync(string name, JsonNode patch, CancellationToken cancellationToken = default) => Endpoint.PatchAsync(PathOf(name), patch, cancellationToken);

    /// <summary>Deletes a resource; what belongs to it follows in the background.</summary>
    /// <returns>False when there was none.</returns>
    public Task<bool> DeleteAsync(string name, CancellationToken cancellationToken = default) => Endpoint.DeleteAsync(PathOf(name), cancellationToken);

    private protected string PathOf(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return $"{_root}/{Uri.EscapeDataString(name)}";
    }

    private static string NameOf(T resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return resource.Metadata?.Name ?? throw new ArgumentException("metadata.name is missing", nameof(resource));
    }
}
