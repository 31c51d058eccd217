using Microsoft.AspNetCore.Http;

namespace AeroGrid.Gateway.Observability;

/// <summary>
/// W3C Trace Context, level 1. A valid <c>traceparent</c> passes as it is, which the recommendation allows for intermediaries that record nothing;
/// otherwise the gateway starts a trace, unsampled, so that the app's own logs can be found by the id in the access log.
/// </summary>
/// <param name="TraceId">32 lower-case hexadecimal digits.</param>
/// <param name="ParentId">16 lower-case hexadecimal digits; empty when the header passes as it came.</param>
internal readonly record struct TraceContext(string TraceId, string ParentId)
{
    private const int Version00Length = 55;

    /// <summary>Whether the gateway started the trace.</summary>
    public bool IsNew => ParentId.Length > 0;

    public static TraceContext Of(IHeaderDictionary headers)
    {
        if (headers.TraceParent is [{ } header] && TraceIdOf(header) is { } trace)
            return new(trace, "");
        Span<byte> random = stackalloc byte[24];
#pragma warning disable CA5394 // Ids must differ (level 1, section 3.2.2.3), not be secret.
        Random.Shared.NextBytes(random);
#pragma warning restore CA5394
        return new(Convert.ToHexStringLower(random[..16]), Convert.ToHexStringLower(random[16..]));
    }

    /// <summary>The value of the header <c>traceparent</c>.</summary>
    public override string ToString() => $"00-{TraceId}-{ParentId}-00";

    private static string? TraceIdOf(string header)
    {
        // version "-" trace-id "-" parent-id "-" flags; later versions may append more.
        if (header.Length < Version00Length || header[2] != '-' || header[35] != '-' || header[52] != '-')
            return null;
        if (header.StartsWith("ff", StringComparison.Ordinal) || (header.Length > Version00Length && (header.StartsWith("00", StringComparison.Ordinal) || header[Version00Length] != '-')))
            return null;
        var trace = header.AsSpan(3, 32);
        var parent = header.AsSpan(36, 16);
        var valid = IsHex(header.AsSpan(0, 2)) && IsHex(trace) && IsHex(parent) && IsHex(header.AsSpan(53, 2))
            && trace.IndexOfAnyExcept('0') >= 0 && parent.IndexOfAnyExcept('0') >= 0;
        return valid ? trace.ToString() : null;
    }

    private static bool IsHex(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (!char.IsAsciiHexDigitLower(c))
                return false;
        }

        return true;
    }
}
