using System.Buffers;
using System.Text;

using AeroGrid.Gateway.Ingress;

using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace AeroGrid.Gateway.Forwarding;

/// <summary>Writes a request without a body as bytes (RFC 9112 section 3).</summary>
internal static class RequestWriter
{
    /// <summary>Whether path and query can stand in a request line as they are: no blanks, no controls, nothing outside of ASCII.</summary>
    public static bool CanWrite(string text) => text.AsSpan().IndexOfAnyExceptInRange('!', '~') < 0;

    /// <summary>Writes request line and headers.</summary>
    public static void Write(IBufferWriter<byte> output, HttpContext context, Exchange exchange)
    {
        var method = context.Request.Method;
        Text(output, method);
        output.Write(" "u8);
        Text(output, exchange.ForwardedPath);
        Text(output, exchange.Query);
        output.Write(" HTTP/1.1\r\n"u8);
        var headers = new Sink(output);
        headers.Add("Host", exchange.Route!.RewriteAuthority ?? context.Request.Host.Value ?? "");
        AppHeaders.Write(context, exchange, ref headers);

        // A method that may have a body says so when there is none (RFC 9110 section 8.6).
        if (!IsRepeatable(method))
            output.Write("Content-Length: 0\r\n"u8);
        output.Write("\r\n"u8);
    }

    /// <summary>Safe methods (RFC 9110 section 9.2.1).</summary>
    public static bool IsRepeatable(string method) => method is "GET" or "HEAD" or "OPTIONS" or "TRACE";

    private static void Text(IBufferWriter<byte> output, string text) =>
        output.Advance(Encoding.Latin1.GetBytes(text, output.GetSpan(text.Length)));

    private readonly struct Sink(IBufferWriter<byte> output) : IAppHeaders
    {
        public void Add(string name, in StringValues values)
        {
            // There is no body, so there is no length but the one above.
            if (name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
                return;

            // Several lines count as one, joined by commas (RFC 9110 section 5.3), and cookies by semicolons (RFC 9113 section 8.2.3).
            var value = values.Count == 1 ? values[0] ?? ""
                : string.Join(name.Equals("Cookie", StringComparison.OrdinalIgnoreCase) ? "; " : ", ", values.ToArray());

            // Kestrel lets none of these in; should it ever, the header must not become two.
            if (value.AsSpan().IndexOfAny('\r', '\n', '\0') >= 0)
                return;
            Text(output, name);
            output.Write(": "u8);
            Text(output, value);
            output.Write("\r\n"u8);
        }
    }
}
