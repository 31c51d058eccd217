using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

using k8s;
using k8s.Models;

namespace AeroGrid.ControllerRuntime.Client;

/// <summary>
/// A thin typed client of the Kubernetes API that works for any kind with <see cref="KubernetesEntityAttribute"/>. It keeps one pool of
/// connections, adds credentials to each request anew, waits as told when the server answers 429, and turns refusals into
/// <see cref="KubernetesApiException"/>. Thread-safe; make one for each process and identity.
/// </summary>
public sealed partial class ResourceClient : IDisposable
{
    private const int MaximumAttempts = 10;

    private readonly HttpClient http;
    private readonly ResourceClientOptions options;

    private ResourceClient(HttpClient http, ResourceClientOptions options)
    {
        this.http = http;
        this.options = options;
    }

    /// <summary>The server's address.</summary>
    public Uri Address => http.BaseAddress!;

    /// <summary>A client for the server and credentials of a kubeconfig (or of the service account inside a cluster).</summary>
    public static ResourceClient Create(KubernetesClientConfiguration configuration, ResourceClientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        options ??= new();
        return new(HttpTransport.Create(configuration, options), options);
    }

    /// <summary>A client on an <see cref="HttpClient"/> of the caller, which it owns from now on. Its BaseAddress is the API server.</summary>
    public static ResourceClient Create(HttpClient http, ResourceClientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(http);
        if (http.BaseAddress is null)
            throw new ArgumentException("The HttpClient's BaseAddress must be the API server's.", nameof(http));
        options ??= new();
        return new(HttpTransport.WithDefaults(http, address: null, options), options);
    }

    /// <summary>The object, or null when there is none.</summary>
    public async Task<T?> GetAsync<T>(ObjectKey key, CancellationToken cancellationToken = default)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        try
        {
            return await SendAsync<T>(HttpMethod.Get, ResourceTypes.Of<T>().ObjectPath(key), null, cancellationToken).ConfigureAwait(false);
        }
        catch (KubernetesApiException e) when (e.IsNotFound)
        {
            return null;
        }
    }

    /// <summary>The object, or null when there is none.</summary>
    public Task<T?> GetAsync<T>(string? namespaceName, string name, CancellationToken cancellationToken = default)
        where T : class, IKubernetesObject<V1ObjectMeta> => GetAsync<T>(new ObjectKey(namespaceName, name), cancellationToken);

    /// <summary>Creates an object and returns it as the server keeps it. With <c>generateName</c> instead of a name the server chooses one.</summary>
    public Task<T> CreateAsync<T>(T obj, WriteOptions? write = null, CancellationToken cancellationToken = default)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var type = Complete(obj);
        var path = type.CollectionPath(ObjectKey.Of(obj).Namespace) + Query(write);
        return SendAsync<T>(HttpMethod.Post, path, Json(obj), cancellationToken);
    }

    /// <summary>Posts to a subresource that is an action, such as <c>binding</c> or <c>eviction</c> of a pod. The answer is not read.</summary>
    /// <typeparam name="T">The kind that has the subresource.</typeparam>
    /// <param name="key">The object.</param>
    /// <param name="subresource">The action.</param>
    /// <param name="body">What the action is told, for example a <see cref="V1Binding"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task CreateSubresourceAsync<T>(ObjectKey key, string subresource, IKubernetesObject body, CancellationToken cancellationToken = default)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        ArgumentException.ThrowIfNullOrEmpty(subresource);
        ArgumentNullException.ThrowIfNull(body);
        return SendAsync(
            HttpMethod.Post,
            ResourceTypes.Of<T>().ObjectPath(key, subresource),
            new Body(ResourceSerializer.Serialize<object>(body), "application/json"),
            static (_, _) => new ValueTask<bool>(true),
            cancellationToken);
    }

    /// <summary>
    /// Replaces an object. With a resourceVersion in it the write fails with a conflict when someone else wrote since; without one it
    /// overwrites.
    /// </summary>
    public Task<T> ReplaceAsync<T>(T obj, WriteOptions? write = null, CancellationToken cancellationToken = default)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var type = Complete(obj);
        return SendAsync<T>(HttpMethod.Put, type.ObjectPath(ObjectKey.Of(obj), write?.Subresource) + Query(write), Json(obj), cancellationToken);
    }

    /// <summary>Replaces the status of an object; its spec and metadata are not touched.</summary>
    public Task<T> ReplaceStatusAsync<T>(T obj, WriteOptions? write = null, CancellationToken cancellationToken = default)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        ReplaceAsync(obj, (write ?? new()) with { Subresource = "status" }, cancellationToken);

    /// <summary>Patches an object with a JSON patch, merge patch, strategic merge patch or apply patch.</summary>
    public Task<T> PatchAsync<T>(ObjectKey key, V1Patch patch, WriteOptions? write = null, CancellationToken cancellationToken = default)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        ArgumentNullException.ThrowIfNull(patch);
        var mediaType = patch.Type switch
        {
            V1Patch.PatchType.JsonPatch => "application/json-patch+json",
            V1Patch.PatchType.MergePatch => "application/merge-patch+json",
            V1Patch.PatchType.StrategicMergePatch => "application/strategic-merge-patch+json",
            V1Patch.PatchType.ApplyPatch => "application/apply-patch+yaml",
            _ => throw new ArgumentException($"A patch of the type {patch.Type} cannot be sent.", nameof(patch)),
        };
        var body = patch.Content is string text ? Encoding.UTF8.GetBytes(text) : ResourceSerializer.Serialize(patch.Content);
        return SendAsync<T>(
            HttpMethod.Patch,
            ResourceTypes.Of<T>().ObjectPath(key, write?.Subresource) + Query(write),
            new Body(body, mediaType),
            cancellationToken);
    }

    /// <summary>Merges a few members into an object (RFC 7396): null removes a member, lists are replaced.</summary>
    /// <param name="key">The object.</param>
    /// <param name="patch">Anything that serializes to the patch; write a <c>Dictionary</c> or <c>JsonObject</c> where null must be sent.</param>
    /// <param name="write">How to write.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<T> MergePatchAsync<T>(ObjectKey key, object patch, WriteOptions? write = null, CancellationToken cancellationToken = default)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        PatchAsync<T>(key, new V1Patch(patch, V1Patch.PatchType.MergePatch), write, cancellationToken);

    /// <summary>
    /// Server-side apply: the field manager owns exactly the members that are not null in <paramref name="obj"/>, and those that it
    /// owned before and that are missing now are removed. Creates the object when it is not there; writes nothing when nothing changes.
    /// </summary>
    /// <param name="obj">Apply intent: name, namespace and the members this manager decides. Never an object read from the server.</param>
    /// <param name="fieldManager">Who applies, for example <c>aerogrid-operator</c>.</param>
    /// <param name="force">Take fields over from other managers (what the Kubernetes documentation tells controllers to do) instead of failing.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="KubernetesApiException">A conflict, with one cause for each field, when others own fields and force is false.</exception>
    public Task<T> ApplyAsync<T>(T obj, string fieldManager, bool force = true, CancellationToken cancellationToken = default)
        where T : class, IKubernetesObject<V1ObjectMeta> => ApplyAsync(obj, subresource: null, fieldManager, force, cancellationToken);

    /// <summary>Server-side apply of the status: as <see cref="ApplyAsync{T}(T, string, bool, CancellationToken)"/>, for the status subresource. The object must exist.</summary>
    public Task<T> ApplyStatusAsync<T>(T obj, string fieldManager, bool force = true, CancellationToken cancellationToken = default)
        where T : class, IKubernetesObject<V1ObjectMeta> => ApplyAsync(obj, "status", fieldManager, force, cancellationToken);

    /// <summary>Deletes an object. An object with finalizers stays until they are removed.</summary>
    /// <returns>False when it was not there.</returns>
    /// <exception cref="KubernetesApiException">A conflict when a precondition does not hold.</exception>
    public async Task<bool> DeleteAsync<T>(ObjectKey key, DeleteOptions? delete = null, CancellationToken cancellationToken = default)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var content = new V1DeleteOptions
        {
            ApiVersion = "v1",
            Kind = "DeleteOptions",
            GracePeriodSeconds = delete?.GracePeriodSeconds,
            PropagationPolicy = delete?.Propagation?.ToString(),
            Preconditions = delete is { Uid: null, ResourceVersion: null } or null
                ? null
                : new V1Preconditions { Uid = delete.Uid, ResourceVersion = delete.ResourceVersion },
        };
        try
        {
            await SendAsync(
                HttpMethod.Delete,
                ResourceTypes.Of<T>().ObjectPath(key),
                Json(content),
                static (_, _) => new ValueTask<bool>(true),
                cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (KubernetesApiException e) when (e.IsNotFound)
        {
            return false;
        }
    }

    /// <inheritdoc />
    public void Dispose() => http.Dispose();

    private Task<T> ApplyAsync<T>(T obj, string? subresource, string fieldManager, bool force, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        ArgumentException.ThrowIfNullOrEmpty(fieldManager);
        var type = Complete(obj);
        var path = type.ObjectPath(ObjectKey.Of(obj), subresource) + Query(new WriteOptions { FieldManager = fieldManager, Force = force });
        return SendAsync<T>(HttpMethod.Patch, path, new Body(ResourceSerializer.Serialize(obj), "application/apply-patch+yaml"), cancellationToken);
    }

    /// <summary>Typed lists carry apiVersion and kind only once, and code that makes objects tends to forget them.</summary>
    private static ResourceType Complete<T>(T obj)
        where T : IKubernetesObject<V1ObjectMeta>
    {
        ArgumentNullException.ThrowIfNull(obj);
        var type = ResourceTypes.Of<T>();
        if (string.IsNullOrEmpty(obj.ApiVersion))
            obj.ApiVersion = type.ApiVersion;
        if (string.IsNullOrEmpty(obj.Kind))
            obj.Kind = type.Kind;
        return type;
    }

    private static string Query(WriteOptions? write)
    {
        if (write is null)
            return "";
        var query = new QueryBuilder();
        query.Add("fieldManager", write.FieldManager);
        if (write.Force)
            query.Add("force", "true");
        if (write.DryRun)
            query.Add("dryRun", "All");
        return query.ToString();
    }

    private static Body Json<T>(T value) => new(ResourceSerializer.Serialize(value), "application/json");

    private Task<T> SendAsync<T>(HttpMethod method, string path, Body? body, CancellationToken cancellationToken)
        where T : class, IKubernetesObject =>
        SendAsync(method, path, body, static async (stream, token) => await ReadAsync<T>(stream, token).ConfigureAwait(false), cancellationToken);

    private static async ValueTask<T> ReadAsync<T>(Stream stream, CancellationToken cancellationToken) =>
        await JsonSerializer.DeserializeAsync<T>(stream, ResourceSerializer.Options, cancellationToken).ConfigureAwait(false)
            ?? throw new JsonException("The API server answered null.");

    private async Task<TResult> SendAsync<TResult>(
        HttpMethod method, string path, Body? body, Func<Stream, CancellationToken, ValueTask<TResult>> read, CancellationToken cancellationToken)
    {
        using var deadline = new Deadline(options.RequestTimeout, options.TimeProvider, cancellationToken);
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                using var request = new HttpRequestMessage(method, path);
                if (body is not null)
                {
                    request.Content = new ByteArrayContent(body.Bytes);
                    request.Content.Headers.ContentType = new MediaTypeHeaderValue(body.MediaType);
                }

                using var response = await SendAsync(request, deadline.Token).ConfigureAwait(false);
                if (response.IsSuccessStatusCode)
                {
                    var stream = await response.Content.ReadAsStreamAsync(deadline.Token).ConfigureAwait(false);
                    await using (stream.ConfigureAwait(false))
                    {
                        return await read(stream, deadline.Token).ConfigureAwait(false);
                    }
                }

                var failure = await ReadFailureAsync(response, request, deadline.Token).ConfigureAwait(false);

                // 429 is answered before a request has any effect (API priority and fairness), so every verb may be sent again.
                if (failure.StatusCode != HttpStatusCode.TooManyRequests || failure.RetryAfter is not { } pause || attempt == MaximumAttempts)
                    throw failure;
                await Task.Delay(pause, options.TimeProvider, deadline.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException e) when (deadline.Passed)
        {
            throw new TimeoutException($"{method} {path} was not answered within {options.RequestTimeout.TotalSeconds:0.#} s.", e);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Accept.Add(JsonMediaType);
        return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
    }

    private static readonly MediaTypeWithQualityHeaderValue JsonMediaType = new("application/json");

    private async Task<KubernetesApiException> ReadFailureAsync(
        HttpResponseMessage response, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var text = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        var status = AsStatus(text) ?? new V1Status
        {
            Status = "Failure",
            Code = (int)response.StatusCode,
            Reason = response.ReasonPhrase,
            Message = text.Length > 1000 ? text[..1000] : text,
        };
        return new KubernetesApiException(response.StatusCode, status, $"{request.Method} {request.RequestUri?.OriginalString}")
        {
            RetryAfter = Pause(response.Headers.RetryAfter),
        };
    }

    /// <summary>RFC 9110, section 10.2.3: a number of seconds or a date.</summary>
    private TimeSpan? Pause(RetryConditionHeaderValue? retryAfter)
    {
        if (retryAfter?.Date is not { } date)
            return retryAfter?.Delta;
        var left = date - options.TimeProvider.GetUtcNow();
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private static V1Status? AsStatus(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<V1Status>(text, ResourceSerializer.Options) is { Kind: "Status" } status ? status : null;
        }
        catch (JsonException)
        {
            // Not the API server but something in front of it: its own words become the message.
            return null;
        }
    }

    private sealed record Body(byte[] Bytes, string MediaType);
}
