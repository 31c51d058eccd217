using System.Buffers;
using System.Buffers.Text;
using System.Text;

using AeroGrid.Gateway.Ingress;

using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace AeroGrid.Gateway.Forwarding;

/// <summary>
/// Status line and headers of an app's answer (RFC 9112 sections 4 and 5), read strictly: whatever two programs could read differently is an error and
/// not a guess. Headers of the connection do not go into the client's answer.
/// </summary>
internal struct ResponseHead
{
    /// <summary>Bytes of all headers with the status line.</summary>
    public const int MaximumBytes = 64 * 1024;

    private static readonly SearchValues<byte> TokenBytes =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>Controls but the tab (RFC 9110 section 5.5), a bare CR among them (RFC 9112 section 2.2).</summary>
    private static readonly SearchValues<byte> Controls =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Where(value => value != '\t').Append(0x7F).Select(value => (byte)value)]);

    /// <summary>The status.</summary>
    public int Status { get; private set; }

    /// <summary>Whether it is HTTP/1.0: the connection ends with the answer.</summary>
    public bool IsHttp10 { get; private set; }

    /// <summary>Whether the app closes the connection after the answer.</summary>
    public bool Closes { get; private set; }

    /// <summary>The announced length.</summary>
    public long? ContentLength { get; private set; }

    /// <summary>Whether the body is chunked.</summary>
    public bool IsChunked { get; private set; }

    /// <summary>Whether it is an interim answer (RFC 9110 section 15.2).</summary>
    public readonly bool IsInterim => Status < 200;

    /// <summary>The position behind the empty line that ends the headers; negative when it has not arrived.</summary>
    /// <param name="bytes">What has arrived.</param>
    /// <param name="from">How far a search looked already, so that headers that come byte by byte are not searched again and again.</param>
    public static int EndOf(ReadOnlySpan<byte> bytes, int from = 0)
    {
        // The end itself is three bytes at most.
        for (from = Math.Max(0, from - 3); ;)
        {
            var newline = bytes[from..].IndexOf((byte)'\n');
            if (newline < 0)
                return -1;
            from += newline + 1;
            if (from < bytes.Length && bytes[from] == '\n')
                return from + 1;
            if (from + 1 < bytes.Length && bytes[from] == '\r' && bytes[from + 1] == '\n')
                return from + 2;
        }
    }

    /// <summary>Reads a head that ends with its empty line.</summary>
    /// <param name="bytes">The head.</param>
    /// <param name="headers">Gets the headers that are for the client. An interim answer's are for nobody.</param>
    /// <exception cref="InvalidDataException">It is not HTTP as it should be; the message says what.</exception>
    public static ResponseHead Parse(ReadOnlySpan<byte> bytes, IHeaderDictionary headers)
    {
        var head = default(ResponseHead);
        head.ReadStatusLine(TakeLine(ref bytes));
        List<string>? listed = null;
        while (TakeLine(ref bytes) is { IsEmpty: false } line)
        {
            var (name, value) = Split(line);
            head.ReadField(name, value, headers, ref listed);
        }

        if (head.IsChunked && head.IsHttp10)
            throw new InvalidDataException("Transfer-Encoding in an HTTP/1.0 answer (RFC 9112 section 6.1)");
        if (head.IsChunked && head.ContentLength is not null)
        {
            // The coding wins (RFC 9112 section 6.3), but nothing that comes after such an answer is trusted.
            (head.ContentLength, head.Closes) = (null, true);
        }

        foreach (var name in listed ?? [])
            headers.Remove(name);
        return head;
    }

    /// <summary>A line of headers or trailers without its end.</summary>
    internal static ReadOnlySpan<byte> TakeLine(ref ReadOnlySpan<byte> bytes)
    {
        var newline = bytes.IndexOf((byte)'\n');
        if (newline < 0)
            throw new InvalidDataException("a header line without an end");
        var line = bytes[..newline];
        bytes = bytes[(newline + 1)..];
        return line is [.. var text, (byte)'\r'] ? text : line;
    }

    /// <summary>Name and value of a field.</summary>
    internal static (string Name, string Value) Split(ReadOnlySpan<byte> line)
    {
        // Continued lines are obsolete; a gateway may answer 502 (RFC 9112 section 5.2).
        if (line[0] is (byte)' ' or (byte)'\t')
            throw new InvalidDataException("a header that is continued on another line");
        var colon = line.IndexOf((byte)':');
        if (colon <= 0)
            throw new InvalidDataException("a header line without a name and a colon");

        // Blanks before the colon must be removed from an answer (RFC 9112 section 5.1).
        var name = line[..colon].TrimEnd(" \t"u8);
        if (name.IsEmpty || name.IndexOfAnyExcept(TokenBytes) >= 0)
            throw new InvalidDataException("a header name with characters that a name cannot have");
        var value = line[(colon + 1)..].Trim(" \t"u8);
        if (value.IndexOfAny(Controls) >= 0)
            throw new InvalidDataException("a header value with control characters");
        return (HeaderNameTable.Get(name), Encoding.Latin1.GetString(value));
    }

    private void ReadStatusLine(ReadOnlySpan<byte> line)
    {
        // HTTP/1.x 3DIGIT [SP reason]
        if (line.Length < 12 || !line.StartsWith("HTTP/1."u8) || line[7] is not ((byte)'0' or (byte)'1') || line[8] != ' '
            || (line.Length > 12 && line[12] != ' ')
            || !Utf8Parser.TryParse(line.Slice(9, 3), out int status, out var used) || used != 3 || status < 100)
        {
            throw new InvalidDataException("a first line that is not the status line of HTTP/1.0 or HTTP/1.1");
        }

        IsHttp10 = line[7] == '0';
        Closes = IsHttp10;
        Status = status;
    }

    private void ReadField(string name, string value, IHeaderDictionary headers, ref List<string>? listed)
    {
        switch (name)
        {
            case "Content-Length":
                ReadLength(value);
                return;
            case "Transfer-Encoding":
                if (IsChunked || !value.Equals("chunked", StringComparison.OrdinalIgnoreCase))
                    throw new InvalidDataException("a Transfer-Encoding other than chunked");
                IsChunked = true;
                return;
            case "Connection":
                foreach (var option in value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                {
                    if (option.Equals("close", StringComparison.OrdinalIgnoreCase))
                        Closes = true;
                    else if (!option.Equals("keep-alive", StringComparison.OrdinalIgnoreCase))
                        (listed ??= []).Add(option);
                }

                return;
        }

        if (IsInterim || HeaderRules.EndsAtGateway(name))
            return;
        var before = headers[name];
        headers[name] = before.Count == 0 ? value : StringValues.Concat(before, value);
    }

    /// <summary>Digits and nothing else; a list of equal ones counts as one (RFC 9112 section 6.3).</summary>
    private void ReadLength(string value)
    {
        foreach (var part in value.Contains(',') ? value.Split(',', StringSplitOptions.TrimEntries) : [value])
        {
            if (!long.TryParse(part, System.Globalization.NumberStyles.None, null, out var length) || (ContentLength is { } other && other != length))
                throw new InvalidDataException("a Content-Length that is not one number");
            ContentLength = length;
        }
    }
}
