using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AeroGrid.Client.Errors;
using AeroGrid.Client.Http;

namespace AeroGrid.Client.Resources;

/// <summary>
/// List, then watch, then watch again from where it ended (Kubernetes documentation, "Efficient detection of changes"). When the server has
/// forgotten that version (410) it lists again and tells only what is different. Used once.
/// </summary>
internal sealed class ResourceWatch<T, TList>(
    ApiConnection connection, ResourceEndpoint<T, TList> endpoint, JsonTypeInfo<T> type, string path, ListOptions options)
    where T : class, IResource
    where TList : class, IResourceList<T>
{
    /// <summary>The server ends a quiet watch after this time; one that says nothing for longer is dead.</summary>
    private static readonly TimeSpan ServerTimeout = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, T> _known = new(StringComparer.Ordinal);
    private readonly Backoff _backoff = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(30));
    private string? _version;

    /// <summary>The changes, until cancelled. Failures of the first list are thrown; after it only those that waiting does not mend.</summary>
    public async IAsyncEnumerable<ResourceChange<T>> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var first = true;
        while (true)
        {
            TList? list = null;
            try
            {
                list = await endpoint.ListAsync(path, options, cancellationToken).ConfigureAwait(false);
            }
            catch (UnreachableException) when (!first)
            {
                await PauseAsync(cancellationToken).ConfigureAwait(false);
                continue;
            }

            first = false;
            foreach (var change in Differences(list))
            {
                yield return change;
            }

            while (_version is not null)
            {
                await foreach (var change in WatchOnceAsync(cancellationToken).ConfigureAwait(false))
                {
                    yield return change;
                }
            }
        }
    }

    private Task PauseAsync(CancellationToken cancellationToken) => Task.Delay(_backoff.Next(), connection.Time, cancellationToken);

    private List<ResourceChange<T>> Differences(TList list)
    {
        var changes = new List<ResourceChange<T>>();
        var listed = list.Items.ToDictionary(KeyOf, StringComparer.Ordinal);
        foreach (var (key, gone) in _known.Where(known => !listed.ContainsKey(known.Key)).ToList())
        {
            _known.Remove(key);
            changes.Add(new ResourceChange<T>(ChangeKind.Deleted, gone));
        }

        foreach (var (key, resource) in listed)
        {
            if (!_known.TryGetValue(key, out var before))
            {
                changes.Add(new ResourceChange<T>(ChangeKind.Added, resource));
            }
            else if (before.Metadata?.ResourceVersion != resource.Metadata?.ResourceVersion)
            {
                changes.Add(new ResourceChange<T>(ChangeKind.Modified, resource));
            }

            _known[key] = resource;
        }

        _version = list.Metadata?.ResourceVersion ?? throw new AeroGridException("the list has no resourceVersion; check the platform's address");
        return changes;
    }

    /// <summary>One request. It ends when the server ends it; without a version afterwards, a new list is needed.</summary>
    private async IAsyncEnumerable<ResourceChange<T>> WatchOnceAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var silence = new CancellationTokenSource(ServerTimeout + Grace, connection.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellationToken);
        var query = options.ToQuery(
            ("watch", "true"), ("allowWatchBookmarks", "true"), ("resourceVersion", _version), ("timeoutSeconds", $"{ServerTimeout.TotalSeconds:0}"));
        StreamReader? reader = null;
        try
        {
            while (true)
            {
                ResourceChange<T>? change = null;
                try
                {
                    if (reader is null)
                    {
                        var response = await connection.SendAsync(HttpMethod.Get, path + query, null, both.Token).ConfigureAwait(false);
                        reader = new StreamReader(await response.Content.ReadAsStreamAsync(both.Token).ConfigureAwait(false));
                    }

                    silence.CancelAfter(ServerTimeout + Grace);
                    if (await reader.ReadLineAsync(both.Token).ConfigureAwait(false) is not { } line)
                    {
                        // The normal end; a server that ends at once must not be asked without pause.
                        await PauseAsync(cancellationToken).ConfigureAwait(false);
                        yield break;
                    }

                    change = Read(line);
                    _backoff.Reset();
                }
                catch (ExpiredException)
                {
                    _version = null;
                    yield break;
                }
                catch (Exception e) when (e is UnreachableException or IOException or JsonException
                    || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
                {
                    await PauseAsync(cancellationToken).ConfigureAwait(false);
                    yield break;
                }

                if (change is not null)
                {
                    yield return change;
                }
            }
        }
        finally
        {
            reader?.Dispose();
        }
    }

    /// <summary>A line such as <c>{"type":"ADDED","object":{…}}</c>.</summary>
    private ResourceChange<T>? Read(string line)
    {
        using var document = JsonDocument.Parse(line);
        var obj = document.RootElement.GetProperty("object");
        var kind = document.RootElement.GetProperty("type").GetString();
        if (kind == "ERROR")
        {
            var code = obj.TryGetProperty("code", out var number) ? number.GetInt32() : 500;
            throw ApiFailure.Of(code, obj, new Uri("/" + path, UriKind.Relative));
        }

        if (kind == "BOOKMARK")
        {
            _version = obj.GetProperty("metadata").GetProperty("resourceVersion").GetString();
            return null;
        }

        var resource = obj.Deserialize(type)!;
        _version = resource.Metadata?.ResourceVersion ?? _version;
        var key = KeyOf(resource);
        if (kind == "DELETED")
        {
            return _known.Remove(key) ? new ResourceChange<T>(ChangeKind.Deleted, resource) : null;
        }

        var known = _known.ContainsKey(key);
        _known[key] = resource;
        return new ResourceChange<T>(known ? ChangeKind.Modified : ChangeKind.Added, resource);
    }

    private static string KeyOf(T resource) => $"{resource.Metadata?.Namespace}/{resource.Metadata?.Name}";
}
