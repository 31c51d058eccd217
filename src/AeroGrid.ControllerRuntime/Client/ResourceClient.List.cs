using System.Text.Json;

using k8s;
using k8s.Models;

namespace AeroGrid.ControllerRuntime.Client;

/// <content>Lists: consistent snapshots, read in pages.</content>
public sealed partial class ResourceClient
{
    /// <summary>
    /// All objects of a selection as one consistent snapshot. It is read in pages; when the snapshot is compacted away between two pages,
    /// the list starts again without pages, so a list never mixes two states.
    /// </summary>
    public Task<ResourceList<T>> ListAsync<T>(ListRequest? list = null, CancellationToken cancellationToken = default)
        where T : class, IKubernetesObject<V1ObjectMeta> => ListAsync<T>(list ?? new(), undecodable: null, cancellationToken);

    /// <summary>All objects of a namespace, or of all namespaces.</summary>
    public async Task<IReadOnlyList<T>> ListAsync<T>(string? namespaceName, CancellationToken cancellationToken = default)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        (await ListAsync<T>(new ListRequest { Namespace = namespaceName }, cancellationToken).ConfigureAwait(false)).Items;

    /// <param name="list">What to list.</param>
    /// <param name="undecodable">Told about each object that does not fit <typeparamref name="T"/>; when null, such an object fails the list.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    internal async Task<ResourceList<T>> ListAsync<T>(
        ListRequest list, Action<ObjectKey, JsonException>? undecodable, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        try
        {
            return await ListPagesAsync<T>(list, undecodable, cancellationToken).ConfigureAwait(false);
        }
        catch (KubernetesApiException e) when (e.IsGone && list.PageSize > 0)
        {
            return await ListPagesAsync<T>(list with { PageSize = 0 }, undecodable, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<ResourceList<T>> ListPagesAsync<T>(
        ListRequest list, Action<ObjectKey, JsonException>? undecodable, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var type = ResourceTypes.Of<T>();
        var path = type.CollectionPath(list.Namespace);
        List<T>? items = null;
        string? continueToken = null;
        string? version = null;
        do
        {
            var query = new QueryBuilder();
            query.Add("labelSelector", list.LabelSelector);
            query.Add("fieldSelector", list.FieldSelector);
            query.Add("limit", list.PageSize > 0 ? $"{list.PageSize}" : null);
            query.Add("continue", continueToken);
            var page = await ListPageAsync<T>(path + query, undecodable, cancellationToken).ConfigureAwait(false);
            foreach (var item in page.Items)
                Name(item, type);

            // The first page's version is the snapshot's; a watch from an earlier version would only repeat events, from a later one lose some.
            version ??= page.Metadata?.ResourceVersion
                ?? throw new JsonException($"The list {path} has no metadata.resourceVersion: this is not a Kubernetes API server.");
            if (items is null)
                items = page.Items;
            else
                items.AddRange(page.Items);
            continueToken = page.Metadata?.ContinueProperty;
        }
        while (!string.IsNullOrEmpty(continueToken));
        return new ResourceList<T>(items, version);
    }

    private async Task<ListPage<T>> ListPageAsync<T>(
        string path, Action<ObjectKey, JsonException>? undecodable, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        try
        {
            return await SendAsync(HttpMethod.Get, path, null, ReadAsync<ListPage<T>>, cancellationToken).ConfigureAwait(false);
        }
        catch (JsonException) when (undecodable is not null)
        {
            // One object that does not fit the .NET type must not hide all others: read the page again, object by object.
            var raw = await SendAsync(HttpMethod.Get, path, null, ReadAsync<ListPage<JsonElement>>, cancellationToken).ConfigureAwait(false);
            var page = new ListPage<T> { Metadata = raw.Metadata, Items = new(raw.Items.Count) };
            foreach (var item in raw.Items)
            {
                try
                {
                    page.Items.Add(item.Deserialize<T>(ResourceSerializer.Options)!);
                }
                catch (JsonException e)
                {
                    undecodable(KeyOf(item), e);
                }
            }

            return page;
        }
    }

    private static ObjectKey KeyOf(JsonElement item) =>
        item.Deserialize<PartialObject>(ResourceSerializer.Options)?.Metadata is { Name: not null } metadata
            ? new(metadata.NamespaceProperty, metadata.Name)
            : default;

    private static void Name<T>(T item, ResourceType type)
        where T : IKubernetesObject
    {
        item.ApiVersion ??= type.ApiVersion;
        item.Kind ??= type.Kind;
    }

    private sealed class ListPage<T>
    {
        public V1ListMeta? Metadata { get; init; }

        public List<T> Items { get; init; } = [];
    }
}

/// <summary>The part that objects of all kinds share.</summary>
internal sealed class PartialObject
{
    public V1ObjectMeta? Metadata { get; init; }
}
