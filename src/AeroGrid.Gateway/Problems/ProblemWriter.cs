using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

using AeroGrid.Gateway.Ingress;

using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace AeroGrid.Gateway.Problems;

/// <summary>
/// Writes problems: as <c>application/problem+json</c>, or to gRPC clients as a status in headers ("Trailers-Only" of the gRPC protocol), which
/// is the only form in which they show the text.
/// </summary>
internal static class ProblemWriter
{
    public static async Task WriteAsync(HttpContext context, Exchange exchange, Problem problem)
    {
        exchange.Problem = problem.Slug;
        var response = context.Response;
        if (response.HasStarted)
        {
            context.Abort();
            return;
        }

        response.Clear();
        if (problem.RetryAfter is { } seconds)
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        if (problem.Challenge is { } challenge)
            response.Headers.WWWAuthenticate = challenge;
        response.Headers.CacheControl = "no-store";
        if (IsGrpc(context.Request))
        {
            WriteGrpc(response, problem);
            return;
        }

        if (problem.Closes && HttpProtocol.IsHttp11(context.Request.Protocol))
            response.Headers.Connection = "close";
        var body = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("type"u8, problem.Type);
            json.WriteString("title"u8, problem.Title);
            json.WriteNumber("status"u8, problem.Status);
            json.WriteString("detail"u8, problem.Detail);
            if (exchange.Path.Length > 0)
                json.WriteString("instance"u8, exchange.Path);
            if (exchange.Trace.TraceId is { Length: > 0 } trace)
                json.WriteString("traceId"u8, trace);
            json.WriteEndObject();
        }

        response.StatusCode = problem.Status;
        response.ContentType = "application/problem+json";
        response.ContentLength = body.WrittenCount;
        if (!HttpMethods.IsHead(context.Request.Method))
            await response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted).ConfigureAwait(false);
    }

    private static bool IsGrpc(HttpRequest request) =>
        request.ContentType is { } type
        && type.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase)
        && !type.StartsWith("application/grpc-web", StringComparison.OrdinalIgnoreCase);

    private static void WriteGrpc(HttpResponse response, Problem problem)
    {
        // grpc/doc/http-grpc-status-mapping.md, but for 404: the app is unknown, not its method, and "not found" says so.
        var status = problem.Status switch
        {
            400 or 414 or 431 => 3,
            401 => 16,
            403 => 7,
            404 => 5,
            408 or 504 => 4,
            413 => 8,
            501 => 12,
            _ => 14,
        };
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/grpc";
        response.Headers[HeaderNames.GrpcStatus] = status.ToString(CultureInfo.InvariantCulture);
        response.Headers[HeaderNames.GrpcMessage] = Encode($"{problem.Title}: {problem.Detail}");
    }

    /// <summary>Percent-encoding of grpc-message (gRPC over HTTP/2, "Status-Message").</summary>
    private static string Encode(string text)
    {
        var encoded = new StringBuilder(text.Length);
        foreach (var b in Encoding.UTF8.GetBytes(text))
        {
            if (b is >= (byte)' ' and <= (byte)'~' and not (byte)'%')
                encoded.Append((char)b);
            else
                encoded.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
        }

        return encoded.ToString();
    }
}
