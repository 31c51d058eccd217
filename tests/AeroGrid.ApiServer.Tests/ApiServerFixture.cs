using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using AeroGrid.TestKit;

namespace AeroGrid.ApiServer.Tests;

/// <summary>One API server for the tests of a class, and shorthands for talking to it as plain HTTP.</summary>
public class ApiServerFixture : IAsyncLifetime
{
    public TestApiServer Server { get; private set; } = null!;

    public HttpClient Http => Server.Http;

    public virtual async ValueTask InitializeAsync() => Server = await TestApiServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Server.DisposeAsync();
    }

    /// <summary>Creates a namespace of its own for a test.</summary>
    public async Task<string> NamespaceAsync()
    {
        var created = await SendAsync(HttpMethod.Post, "/api/v1/namespaces", """{"metadata":{"generateName":"test-"}}""");
        created.Status.ShouldBe(HttpStatusCode.Created);
        return (string)created.Body["metadata"]!["name"]!;
    }

    /// <summary>Sends a request and reads the JSON answer.</summary>
    public async Task<Answer> SendAsync(HttpMethod method, string path, string? body = null, string contentType = "application/json", string? accept = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8);
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        }

        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        using var response = await Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        var isJson = response.Content.Headers.ContentType?.MediaType == "application/json" && text.Length > 0;
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

    public string Message => (string?)Body["message"] ?? "";

    public string ResourceVersion => (string)Body["metadata"]!["resourceVersion"]!;
}
