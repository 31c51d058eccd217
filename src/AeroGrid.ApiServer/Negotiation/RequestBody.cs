using System.Buffers;
using System.IO.Compression;
using AeroGrid.ApiServer.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace AeroGrid.ApiServer.Negotiation;

/// <summary>Reads bodies of requests.</summary>
internal static class RequestBody
{
    /// <summary>Largest body in bytes, after decompression; the limit that kube-apiserver has.</summary>
    public const int Limit = 3 * 1024 * 1024;

    /// <summary>The media type of the body in lower case without parameters; empty when the client sends none.</summary>
    public static string MediaType(HttpContext context) =>
        MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type) ? type.MediaType.ToString().ToLowerInvariant() : "";

    /// <summary>Reads an object sent as JSON or YAML, or a built-in kind as protobuf.</summary>
    /// <exception cref="ApiException">400 malformed, 413 too large, 415 another media type.</exception>
    public static async Task<DecodedBody> ReadAsync(HttpContext context)
    {
        var mediaType = MediaType(context);
        return mediaType switch
        {
            "" or "application/json" => JsonBody.Decode((await ReadBytesAsync(context)).Span),
            "application/yaml" or "application/x-yaml" or "text/yaml" => YamlBody.Decode((await ReadBytesAsync(context)).Span),
            ProtobufBody.MediaType => new DecodedBody(ProtobufBody.Decode((await ReadBytesAsync(context)).Span), []),
            _ => throw Unsupported(mediaType, $"application/json, application/yaml, {ProtobufBody.MediaType}"),
        };
    }

    /// <summary>415.</summary>
    public static ApiException Unsupported(string mediaType, string supported) =>
        new(415, "UnsupportedMediaType", $"the body of the request was in an unknown format ({mediaType}): accepted media types include: {supported}");

    /// <summary>Reads the whole body, decompressed.</summary>
    public static async Task<ReadOnlyMemory<byte>> ReadBytesAsync(HttpContext context)
    {
        if (context.Request.ContentLength > Limit)
        {
            throw TooLarge();
        }

        var encoding = context.Request.Headers.ContentEncoding.ToString();
        if (encoding.Length > 0 && !encoding.Equals("gzip", StringComparison.OrdinalIgnoreCase) && !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            throw new ApiException(415, "UnsupportedMediaType", $"the content encoding {encoding} is not supported: send the body as it is or with gzip");
        }

        try
        {
            if (encoding.Equals("gzip", StringComparison.OrdinalIgnoreCase))
            {
                await using var unzipped = new GZipStream(context.Request.Body, CompressionMode.Decompress);
                return await ReadBytesAsync(unzipped, 16 * 1024, context.RequestAborted);
            }

            return await ReadBytesAsync(context.Request.Body, (int)(context.Request.ContentLength ?? 4096), context.RequestAborted);
        }
        catch (InvalidDataException e)
        {
            throw ApiException.BadRequest($"the body is not valid gzip: {e.Message}");
        }
    }

    private static async Task<ReadOnlyMemory<byte>> ReadBytesAsync(Stream body, int sizeHint, CancellationToken cancellationToken)
    {
        var buffer = new ArrayBufferWriter<byte>(sizeHint + 1);
        while (true)
        {
            var read = await body.ReadAsync(buffer.GetMemory(), cancellationToken);
            if (read == 0)
            {
                return buffer.WrittenMemory;
            }

            buffer.Advance(read);
            if (buffer.WrittenCount > Limit)
            {
                throw TooLarge();
            }
        }
    }

    private static ApiException TooLarge() =>
        new(413, "RequestEntityTooLarge", $"Request entity too large: the limit is {Limit} bytes");
}
