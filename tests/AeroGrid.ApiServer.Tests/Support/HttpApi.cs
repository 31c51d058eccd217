using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;

namespace AeroGrid.ApiServer.Tests;

/// <summary>Shorthands for talking to an API server as plain HTTP, so that tests see what is on the wire.</summary>
public abstract class HttpApi
{
    /// <summary>A client that has a credential.</summary>
    public abstract HttpClient Http { get; }

    /// <summary>Where the server is.</summary>
    public abstract Uri Address { get; }

    /// <summary>Creates a namespace for one test.</summary>
    public async Task<string> NamespaceAsync()
    {
        var created = await SendAsync(HttpMethod.Post, "/api/v1/namespaces", """{"metadata":{"generateName":"test-"}}""");
        created.Status.ShouldBe(HttpStatusCode.Created, created.Text);
        return (string)created.Body["metadata"]!["name"]!;
    }

    /// <summary>Sends a request and reads the answer.</summary>
    public async Task<Answer> SendAsync(HttpMethod method, string path, string? body = null, string contentType = "application/json", string? accept = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(Address, path));
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8);
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        }

        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        return await SendAsync(request);
    }

    /// <inheritdoc cref="SendAsync(HttpMethod, string, string?, string, string?)"/>
    public async Task<Answer> SendAsync(HttpRequestMessage request)
    {
        using var response = await Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();

        // A watch that has ended is JSON lines.
        var isJson = response.Content.Headers.ContentType?.MediaType == "application/json" && text.Length > 0 && !text.Contains('\n');
        return new Answer(
            response.StatusCode,
            isJson ? JsonNode.Parse(text)! : new JsonObject(),
            text,
            response.Headers.TryGetValues("Warning", out var warnings) ? [.. warnings] : []);
    }

    public Task<Answer> GetAsync(string path, string? accept = null) => SendAsync(HttpMethod.Get, path, accept: accept);

    public Task<Answer> PostAsync(string path, string body) => SendAsync(HttpMethod.Post, path, body);

    public Task<Answer> PutAsync(string path, string body) => SendAsync(HttpMethod.Put, path, body);

    public Task<Answer> DeleteAsync(string path, string? body = null) => SendAsync(HttpMethod.Delete, path, body);

    public Task<Answer> PatchAsync(string path, string contentType, string body) => SendAsync(HttpMethod.Patch, path, body, contentType);

    /// <summary>Server-side apply.</summary>
    public Task<Answer> ApplyAsync(string path, string manager, string body, bool force = false) =>
        SendAsync(HttpMethod.Patch, $"{path}?fieldManager={manager}{(force ? "&force=true" : "")}", body, "application/apply-patch+yaml");

    /// <summary>Merge patch.</summary>
    public Task<Answer> MergeAsync(string path, string body) => PatchAsync(path, "application/merge-patch+json", body);

    /// <summary>Opens a watch; the first event is read by the first <see cref="WatchStream.NextAsync"/>.</summary>
    public async Task<WatchStream> WatchAsync(string path, string? accept = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Address, path));
        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        var response = await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            throw new InvalidOperationException($"The watch answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
        }

        return new WatchStream(response);
    }
}

/// <summary>An answer of the server.</summary>
public sealed record Answer(HttpStatusCode Status, JsonNode Body, string Text, IReadOnlyList<string> Warnings)
{
    /// <summary>The answer's body, if it has this status.</summary>
    public JsonNode Ok(HttpStatusCode status = HttpStatusCode.OK)
    {
        Status.ShouldBe(status, Text);
        return Body;
    }

    /// <summary>A Status with this code and reason.</summary>
    public JsonNode ShouldFail(int code, string reason)
    {
        ((int)Status).ShouldBe(code, Text);
        ((string?)Body["kind"]).ShouldBe("Status");
        ((string?)Body["reason"]).ShouldBe(reason, Text);
        ((int?)Body["code"]).ShouldBe(code);
        return Body;
    }

    /// <summary>The message of a Status.</summary>
    public string Message => (string?)Body["message"] ?? "";

    /// <summary>The resourceVersion of an object or list.</summary>
    public string ResourceVersion => (string)Body["metadata"]!["resourceVersion"]!;

    /// <summary>Names of a list's items.</summary>
    public string[] Names => [.. Body["items"]!.AsArray().Select(i => (string)i!["metadata"]!["name"]!)];
}

/// <summary>An open watch.</summary>
public sealed class WatchStream(HttpResponseMessage response) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private StreamReader? _reader;

    /// <summary>The next event; null when the server has ended the watch.</summary>
    public async Task<WatchedEvent?> NextAsync()
    {
        _reader ??= new StreamReader(await response.Content.ReadAsStreamAsync());
        using var limit = new CancellationTokenSource(Patience);
        var line = await _reader.ReadLineAsync(limit.Token);
        return line is null ? null : WatchedEvent.Parse(line);
    }

    /// <summary>The next events, without bookmarks.</summary>
    public async Task<List<WatchedEvent>> TakeAsync(int count)
    {
        var result = new List<WatchedEvent>();
        while (result.Count < count)
        {
            var next = await NextAsync() ?? throw new InvalidOperationException($"The watch ended after {result.Count} of {count} events.");
            if (next.Type != "BOOKMARK")
            {
                result.Add(next);
            }
        }

        return result;
    }

    /// <summary>All events until the server ends the watch.</summary>
    public async IAsyncEnumerable<WatchedEvent> ToEndAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (!cancellationToken.IsCancellationRequested && await NextAsync() is { } next)
        {
            yield return next;
        }
    }

    public ValueTask DisposeAsync()
    {
        _reader?.Dispose();
        response.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>An event of a watch.</summary>
public sealed record WatchedEvent(string Type, JsonNode Object)
{
    public string Name => (string?)Object["metadata"]?["name"] ?? "";

    public long ResourceVersion => long.Parse((string?)Object["metadata"]?["resourceVersion"] ?? "0");

    public static WatchedEvent Parse(string line)
    {
        var node = JsonNode.Parse(line)!;
        return new WatchedEvent((string)node["type"]!, node["object"]!);
    }

    public override string ToString() => $"{Type} {Name}";
}
