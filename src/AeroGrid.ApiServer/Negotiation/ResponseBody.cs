using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace AeroGrid.ApiServer.Negotiation;

/// <summary>Writes answers.</summary>
internal static class ResponseBody
{
    /// <summary>From this size on gzip pays; kube-apiserver's threshold.</summary>
    public const int CompressFrom = 128 * 1024;

    /// <summary>Answers with a JSON document, as YAML if the client wants that, compressed if it is large and the client allows it.</summary>
    public static async Task WriteAsync(HttpContext context, int status, ReadOnlyMemory<byte> json, bool yaml = false)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = yaml ? "application/yaml" : "application/json";
        var body = yaml ? Encoding.UTF8.GetBytes(YamlText.FromJson(json)) : json;
        if (body.Length < CompressFrom || !AcceptsGzip(context))
        {
            response.ContentLength = body.Length;
            if (!HttpMethods.IsHead(context.Request.Method))
            {
                await response.Body.WriteAsync(body, context.RequestAborted);
            }

            return;
        }

        await using var stream = Compress(context);
        await stream.WriteAsync(body, context.RequestAborted);
    }

    /// <inheritdoc cref="WriteAsync(HttpContext, int, ReadOnlyMemory{byte}, bool)"/>
    public static Task WriteAsync(HttpContext context, int status, JsonNode json, bool yaml = false) =>
        WriteAsync(context, status, JsonSerializer.SerializeToUtf8Bytes(json), yaml);

    /// <summary>Whether the client takes gzip.</summary>
    public static bool AcceptsGzip(HttpContext context) =>
        context.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase);

    /// <summary>A stream that compresses into the response.</summary>
    public static Stream Compress(HttpContext context)
    {
        context.Response.Headers.ContentEncoding = "gzip";
        context.Response.Headers.Vary = "Accept-Encoding";
        return new GZipStream(context.Response.Body, CompressionLevel.Fastest, leaveOpen: true);
    }
}
