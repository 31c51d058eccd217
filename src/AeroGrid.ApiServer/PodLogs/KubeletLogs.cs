using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Hosting;
using AeroGrid.ApiServer.Rest;
using AeroGrid.ApiServer.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AeroGrid.ApiServer.PodLogs;

/// <summary>
/// Passes logs on from the kubelet of the pod's node, byte for byte and as they come. The kubelet knows best which logs there are; the pod's
/// status only explains an absence.
/// </summary>
internal sealed class KubeletLogs(IObjectReader reader, ApiServerOptions options) : IPodLogs, IDisposable
{
    private const int LongestRefusal = 4096;

    // Following a log has no end of its own.
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        ConnectTimeout = TimeSpan.FromSeconds(5),
        AllowAutoRedirect = false,
        UseProxy = false,
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public async Task ServeAsync(HttpContext context, JsonObject pod)
    {
        var asked = LogOptions.Read(context.Request.Query, pod);
        var previous = asked.Query.Value?.Contains("previous=true", StringComparison.Ordinal) == true;
        if ((string?)pod["spec"]?["nodeName"] is not { Length: > 0 } node)
        {
            throw ApiException.BadRequest(ContainerState.Explain(pod, asked.Container, previous) ?? "the pod has no node, and hence no logs");
        }

        using var request = new HttpRequestMessage(HttpMethod.Get, Address(node, pod, asked));
        if (options.KubeletToken is { } token)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        using var response = await AskAsync(request, node, context.RequestAborted);
        if (!response.IsSuccessStatusCode)
        {
            throw await RefusalAsync(response, node, ContainerState.Explain(pod, asked.Container, previous), context.RequestAborted);
        }

        context.Response.ContentType = "text/plain";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        await context.Response.StartAsync(context.RequestAborted);
        await PassOnAsync(response, context);
    }

    public void Dispose() => _http.Dispose();

    private Uri Address(string nodeName, JsonObject pod, LogOptions asked)
    {
        var status = reader.Get("nodes", null, nodeName)?["status"];
        var address = (status?["addresses"] as JsonArray)?.FirstOrDefault(a => (string?)a?["type"] == "InternalIP")?["address"];
        if ((string?)address is not { Length: > 0 } host || (int?)status?["daemonEndpoints"]?["kubeletEndpoint"]?["Port"] is not { } port)
        {
            throw new ApiException(
                503, "ServiceUnavailable", $"node {nodeName} does not tell where its kubelet is (status.addresses and status.daemonEndpoints)")
            {
                RetryAfterSeconds = 1,
            };
        }

        var (ns, name) = ((string)pod["metadata"]!["namespace"]!, (string)pod["metadata"]!["name"]!);
        return new UriBuilder("http", host, port, $"/containerLogs/{Uri.EscapeDataString(ns)}/{Uri.EscapeDataString(name)}/{Uri.EscapeDataString(asked.Container)}")
        {
            Query = asked.Query.Value,
        }.Uri;
    }

    private async Task<HttpResponseMessage> AskAsync(HttpRequestMessage request, string node, CancellationToken cancellationToken)
    {
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw new ApiException(
                503, "ServiceUnavailable", $"the kubelet of node {node} at {request.RequestUri!.Authority} does not answer: {e.Message}")
            {
                RetryAfterSeconds = 1,
            };
        }
    }

    private static async Task<ApiException> RefusalAsync(HttpResponseMessage response, string node, string? explanation, CancellationToken cancellationToken)
    {
        var buffer = new byte[LongestRefusal];
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        var text = System.Text.Encoding.UTF8.GetString(buffer, 0, length).Trim();
        var code = (int)response.StatusCode;
        return code switch
        {
            // Its own words are newer than the pod's status.
            400 => ApiException.BadRequest(text.Length > 0 ? text : explanation ?? $"the kubelet of node {node} has no such logs"),
            404 => ApiException.BadRequest(explanation ?? (text.Length > 0 ? text : $"the kubelet of node {node} has no such logs")),
            _ => new ApiException(500, "InternalError", $"the kubelet of node {node} answered {code}: {text}"),
        };
    }

    private static async Task PassOnAsync(HttpResponseMessage response, HttpContext context)
    {
        await using var source = await response.Content.ReadAsStreamAsync(context.RequestAborted);
        var buffer = new byte[32 * 1024];
        try
        {
            int read;
            while ((read = await source.ReadAsync(buffer, context.RequestAborted)) > 0)
            {
                await context.Response.Body.WriteAsync(buffer.AsMemory(0, read), context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            // The kubelet broke off: a cut connection is how the client learns that lines may be missing.
            context.Abort();
        }
    }
}
