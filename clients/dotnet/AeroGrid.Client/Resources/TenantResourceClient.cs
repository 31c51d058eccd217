using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using AeroGrid.Client.Http;

namespace AeroGrid.Client.Resources;

/// <summary>
/// Resources of one kind that belong to tenants. Thread-safe. Every method throws what <see cref="Errors"/> has: not reachable, not signed in,
/// not allowed, not found, conflict, invalid.
/// </summary>
/// <typeparam name="T">The kind.</typeparam>
/// <typeparam name="TList">Its list.</typeparam>
public abstract class TenantResourceClient<T, TList>
    where T : class, IResource
    where TList : class, IResourceList<T>
{
    private readonly string _group;
    private readonly string _plural;

    private protected TenantResourceClient(ApiConnection connection, string group, string plural, JsonTypeInfo<T> type, JsonTypeInfo<TList> listType)
    {
        _group = group;
        _plural = plural;
        Endpoint = new ResourceEndpoint<T, TList>(connection, type, listType);
    }

    private protected ResourceEndpoint<T, TList> Endpoint { get; }

    /// <summary>The resource.</summary>
    public Task<T> GetAsync(string tenant, string name, CancellationToken cancellationToken = default) => Endpoint.GetAsync(PathOf(tenant, name), cancellationToken);

    /// <summary>The resource; null when there is none of that name.</summary>
    public Task<T?> FindAsync(string tenant, string name, CancellationToken cancellationToken = default) => Endpoint.FindAsync(PathOf(tenant, name), cancellationToken);

    /// <summary>All resources of a tenant, in the order of their names; of all tenants when it is null, which not everyone may see.</summary>
    public Task<TList> ListAsync(string? tenant, ListOptions? options = null, CancellationToken cancellationToken = default) =>
        Endpoint.ListAsync(RootOf(tenant), options, cancellationToken);

    /// <summary>
    /// The resources that a tenant has (all tenants when it is null), and what happens to them from then on. Never ends by itself: it reconnects
    /// with growing pauses, and lists again when it must. Ends by cancellation, or with an exception when the first list fails or the person may
    /// not watch any more.
    /// </summary>
    public IAsyncEnumerable<ResourceChange<T>> WatchAsync(string? tenant, ListOptions? options = null, CancellationToken cancellationToken = default) =>
        Endpoint.WatchAsync(RootOf(tenant), options, cancellationToken);

    /// <summary>Creates a resource in the tenant that <c>metadata.namespace</c> names.</summary>
    public Task<T> CreateAsync(T resource, CancellationToken cancellationToken = default) => Endpoint.CreateAsync(RootOf(TenantOf(resource)), resource, cancellationToken);

    /// <summary>Writes a whole resource. With the <c>resourceVersion</c> that was read, another's change in between is a conflict.</summary>
    public Task<T> ReplaceAsync(T resource, CancellationToken cancellationToken = default) => Endpoint.ReplaceAsync(PathOf(resource), resource, cancellationToken);

    /// <summary>Creates a resource, or writes the fields that are set and leaves the others alone.</summary>
    public Task<T> ApplyAsync(T resource, ApplyOptions options, CancellationToken cancellationToken = default) =>
        Endpoint.ApplyAsync(PathOf(resource), resource, options, cancellationToken);

    /// <summary>Changes fields: a merge patch (RFC 7386), in which null removes.</summary>
    public Task<T> PatchAsync(string tenant, string name, JsonNode patch, CancellationToken cancellationToken = default) =>
        Endpoint.PatchAsync(PathOf(tenant, name), patch, cancellationToken);

    /// <summary>Deletes a resource; what belongs to it follows in the background.</summary>
    /// <returns>False when there was none.</returns>
    public Task<bool> DeleteAsync(string tenant, string name, CancellationToken cancellationToken = default) =>
        Endpoint.DeleteAsync(PathOf(tenant, name), cancellationToken);

    private protected string PathOf(string tenant, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(tenant);
        ArgumentException.ThrowIfNullOrEmpty(name);
        return $"{RootOf(tenant)}/{Uri.EscapeDataString(name)}";
    }

    private string RootOf(string? tenant) =>
        tenant is null ? $"{_group}/{_plural}" : $"{_group}/namespaces/{Uri.EscapeDataString(tenant)}/{_plural}";

    private string PathOf(T resource) =>
        PathOf(TenantOf(resource), resource.Metadata!.Name ?? throw new ArgumentException("metadata.name is missing", nameof(resource)));

    private static string TenantOf(T resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return resource.Metadata?.Namespace ?? throw new ArgumentException("metadata.namespace, the tenant, is missing", nameof(resource));
    }
}
