using System.Collections.Frozen;
using System.Text;

namespace AeroGrid.Gateway.Forwarding;

/// <summary>Texts of common header names in their usual case, so that an answer does not make them anew.</summary>
internal static class HeaderNameTable
{
    private const int Longest = 40;

    private static readonly FrozenDictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> Names = ((string[])
    [
        "Accept-Ranges", "Access-Control-Allow-Credentials", "Access-Control-Allow-Headers", "Access-Control-Allow-Methods", "Access-Control-Allow-Origin",
        "Access-Control-Expose-Headers", "Access-Control-Max-Age", "Age", "Allow", "Alt-Svc", "Cache-Control", "Clear-Site-Data", "Connection",
        "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Length", "Content-Location", "Content-Range", "Content-Security-Policy",
        "Content-Type", "Cross-Origin-Opener-Policy", "Date", "ETag", "Expires", "Keep-Alive", "Last-Modified", "Link", "Location", "Pragma",
        "Proxy-Authenticate", "Proxy-Connection", "Referrer-Policy", "Retry-After", "Server", "Service-Worker-Allowed", "Set-Cookie",
        "Strict-Transport-Security", "Trailer", "Transfer-Encoding", "Upgrade", "Vary", "Via", "WWW-Authenticate", "X-Content-Type-Options",
        "X-Frame-Options", "X-Request-Id",
    ]).ToFrozenDictionary(name => name, StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The text of a name, whose bytes are those of a token.</summary>
    public static string Get(ReadOnlySpan<byte> name)
    {
        if (name.Length > Longest)
            return Encoding.ASCII.GetString(name);
        Span<char> text = stackalloc char[Longest];
        text = text[..Encoding.ASCII.GetChars(name, text)];
        return Names.TryGetValue(text, out var known) ? known : text.ToString();
    }
}
