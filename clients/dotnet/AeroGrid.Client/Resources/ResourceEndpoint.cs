using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using AeroGrid.Client.Errors;
using AeroGrid.Client.Http;

namespace AeroGrid.Client.Resources;

/// <summary>What can be done with the resources of one kind, at paths that the typed clients know. Thread-safe.</summary>
internal sealed class ResourceEndpoint<T, TList>(ApiConnection connection, JsonTypeInfo<T> type, JsonTypeInfo<TList> listType)
    where T : class, IResource
    where TList : class, IResourceList<T>
{
    /// <summary>A page of a list: the API server refuses none of this size, and answers it in one piece.</summary>
    private const int PageSize = 500;

    public Task<T> GetAsync(string path, CancellationToken cancellationToken) =>
        connection.SendAsync(HttpMethod.Get, path, null, type, cancellationToken);

    public async Task<T?> FindAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return await GetAsync(path, cancellationToken).ConfigureAwait(false);
        }
        catch (NotFoundException)
        {
            return null;
        }
    }

    /// <summary>All pages as one list. A list that grew too old between two pages begins again.</summary>
    public async Task<TList> ListAsync(string path, ListOptions? options, CancellationToken cancellationToken)
    {
        while (true)
        {
            TList? whole = null;
            string? next = null;
            try
            {
                do
                {
                    var query = (options ?? new ListOptions()).ToQuery(("limit", $"{PageSize}"), ("continue", next));
                    var page = await connection.SendAsync(HttpMethod.Get, path + query, null, listType, cancellationToken).ConfigureAwait(false);
                    if (whole is null)
                    {
                        whole = page;
                    }
                    else
                    {
                        whole.Items = [.. whole.Items, .. page.Items];
                        whole.Metadata = page.Metadata;
                    }

                    next = page.Metadata?.Continue;
                }
                while (!string.IsNullOrEmpty(next));
                return whole;
            }
            catch (ExpiredException) when (next is not null)
            {
                continue;
            }
        }
    }

    public Task<T> CreateAsync(string path, T resource, CancellationToken cancellationToken) =>
        connection.SendAsync(HttpMethod.Post, path, Json(resource), type, cancellationToken);

    public Task<T> ReplaceAsync(string path, T resource, CancellationToken cancellationToken) =>
        connection.SendAsync(HttpMethod.Put, path, Json(resource), type, cancellationToken);

    public Task<T> ApplyAsync(string path, T resource, ApplyOptions options, CancellationToken cancellationToken) => connection.SendAsync(
        HttpMethod.Patch,
        $"{path}?fieldManager={Uri.EscapeDataString(options.FieldManager)}{(options.Force ? "&force=true" : "")}",
        // YAML holds JSON.
        Json(resource) with { MediaType = "application/apply-patch+yaml" },
        type,
        cancellationToken);

    public Task<T> PatchAsync(string path, JsonNode patch, CancellationToken cancellationToken) =>
        PatchAsync(path, patch, type, cancellationToken);

    public Task<TOther> PatchAsync<TOther>(string path, JsonNode patch, JsonTypeInfo<TOther> other, CancellationToken cancellationToken) =>
        connection.SendAsync(HttpMethod.Patch, path, MergePatch(patch), other, cancellationToken);

    public Task<TOther> GetAsync<TOther>(string path, JsonTypeInfo<TOther> other, CancellationToken cancellationToken) =>
        connection.SendAsync(HttpMethod.Get, path, null, other, cancellationToken);

    public async Task<bool> DeleteAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await connection.SendAsync(HttpMethod.Delete, $"{path}?propagationPolicy=Background", null, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (NotFoundException)
        {
            return false;
        }
    }

    public IAsyncEnumerable<ResourceChange<T>> WatchAsync(string path, ListOptions? options, CancellationToken cancellationToken) =>
        new ResourceWatch<T, TList>(connection, this, type, path, options ?? new ListOptions()).RunAsync(cancellationToken);

    private Body Json(T resource) => new(JsonSerializer.SerializeToUtf8Bytes(resource, type));

    /// <summary>RFC 7386.</summary>
    private static Body MergePatch(JsonNode patch)
    {
        ArgumentNullException.ThrowIfNull(patch);
        return new Body(System.Text.Encoding.UTF8.GetBytes(patch.ToJsonString()), "application/merge-patch+json");
    }
}
