using System.Buffers;
using System.Text;

namespace AeroGrid.Gateway.Ingress;

/// <summary>
/// Brings the path of a request into the one form that routes and policies are matched with and that is forwarded, so that no two programs on
/// the way read it differently (RFC 3986 section 6.2.2, and what Istio calls normalization with MERGE_SLASHES):
/// unreserved characters are decoded once, other escapes get upper-case digits, runs of slashes become one, dot segments are resolved.
/// What different programs are known to read differently is refused: backslashes, escaped slashes and backslashes, NUL, broken escapes.
/// </summary>
internal static class RequestPath
{
    private static readonly SearchValues<char> Suspicious = SearchValues.Create("%\\#?\0");

    /// <summary>Splits a request target and normalizes its path.</summary>
    /// <param name="target">The target as it was sent: <c>/path?query</c>, or the absolute form (RFC 9112 section 3.2.2).</param>
    /// <param name="path">The path in its one form.</param>
    /// <param name="query">The query with its question mark, untouched; empty without one.</param>
    /// <param name="problem">What is wrong, for a person.</param>
    public static bool TryParse(string target, out string path, out string query, out string? problem)
    {
        var start = 0;
        if (!target.StartsWith('/'))
        {
            // http://host/path: the host is the server's affair.
            var scheme = target.IndexOf("://", StringComparison.Ordinal);
            start = scheme < 0 ? -1 : target.AsSpan(scheme + 3).IndexOfAny('/', '?') is var offset and >= 0 ? scheme + 3 + offset : target.Length;
            if (start < 0)
            {
                (path, query, problem) = ("", "", "The request target is not a path.");
                return false;
            }
        }

        var question = target.IndexOf('?', start);
        var end = question < 0 ? target.Length : question;
        query = question < 0 ? "" : target[question..];
        if (query.Contains('#'))
        {
            (path, problem) = ("", "A '#' is not accepted in a request target.");
            return false;
        }

        return TryNormalize(start == 0 && question < 0 ? target : target[start..end], out path, out problem);
    }

    /// <summary>Normalizes a path.</summary>
    public static bool TryNormalize(string raw, out string path, out string? problem)
    {
        problem = null;
        if (raw.Length == 0)
        {
            path = "/";
            return true;
        }

        path = raw;
        var simple = raw.AsSpan().IndexOfAny(Suspicious) < 0;
        if (!simple && !TryDecode(raw, out path, out problem))
            return false;
        if (path.Contains("//", StringComparison.Ordinal))
            path = MergeSlashes(path);
        if (path.Contains("/.", StringComparison.Ordinal))
            path = ResolveDots(path);
        return true;
    }

    private static bool TryDecode(string raw, out string path, out string? problem)
    {
        var text = new StringBuilder(raw.Length);
        for (var i = 0; i < raw.Length; i++)
        {
            switch (raw[i])
            {
                case '\\':
                    return Refuse("A backslash is not accepted in a path; write '/'.", out path, out problem);
                case '#' or '?' or '\0':
                    return Refuse($"The character U+{(int)raw[i]:X4} is not accepted in a path.", out path, out problem);
                case '%':
                    if (i + 2 >= raw.Length || !char.IsAsciiHexDigit(raw[i + 1]) || !char.IsAsciiHexDigit(raw[i + 2]))
                        return Refuse("A '%' in a path must be followed by two hexadecimal digits; write '%25' for the character itself.", out path, out problem);
                    var value = (char)Convert.ToInt32(raw.Substring(i + 1, 2), 16);
                    if (value is '/' or '\\' or '\0')
                    {
                        return Refuse(
                            $"The escape '{raw.AsSpan(i, 3)}' is not accepted in a path, since programs disagree about it; put such a value into the query.",
                            out path,
                            out problem);
                    }

                    if (IsUnreserved(value))
                        text.Append(value);
                    else
                        text.Append('%').Append(char.ToUpperInvariant(raw[i + 1])).Append(char.ToUpperInvariant(raw[i + 2]));
                    i += 2;
                    break;
                default:
                    text.Append(raw[i]);
                    break;
            }
        }

        (path, problem) = (text.ToString(), null);
        return true;
    }

    private static bool Refuse(string reason, out string path, out string? problem)
    {
        (path, problem) = ("", reason);
        return false;
    }

    /// <summary>RFC 3986 section 2.3.</summary>
    private static bool IsUnreserved(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '~';

    private static string MergeSlashes(string path)
    {
        var text = new StringBuilder(path.Length);
        foreach (var c in path)
        {
            if (c != '/' || text.Length == 0 || text[^1] != '/')
                text.Append(c);
        }

        return text.ToString();
    }

    /// <summary>RFC 3986 section 5.2.4; there is nothing above the root.</summary>
    private static string ResolveDots(string path)
    {
        var kept = new List<string>();
        var segments = path.Split('/');
        for (var i = 1; i < segments.Length; i++)
        {
            var isLast = i == segments.Length - 1;
            switch (segments[i])
            {
                case ".":
                    if (isLast)
                        kept.Add("");
                    break;
                case "..":
                    if (kept.Count > 0)
                        kept.RemoveAt(kept.Count - 1);
                    if (isLast)
                        kept.Add("");
                    break;
                default:
                    kept.Add(segments[i]);
                    break;
            }
        }

        return "/" + string.Join('/', kept);
    }
}
