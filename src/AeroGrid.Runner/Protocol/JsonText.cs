using System.Globalization;
using System.Text;
using System.Text.Json;

namespace AeroGrid.Runner.Protocol;

/// <summary>
/// Texts of JSON that Python wrote. Python's strings may hold single surrogates, which no other program takes: they become U+FFFD here, so that
/// a strange record does not end an app.
/// </summary>
internal static class JsonText
{
    /// <summary>The text or property name at the reader.</summary>
    public static string Decode(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return Repair(Encoding.UTF8.GetString(reader.ValueSpan));
        }
    }

    public static string Decode(JsonElement element)
    {
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return Repair(element.GetRawText()[1..^1]);
        }
    }

    /// <summary>Resolves escapes of a text that is well-formed as JSON but not as Unicode.</summary>
    private static string Repair(string escaped)
    {
        var text = new StringBuilder(escaped.Length);
        for (var i = 0; i < escaped.Length; i++)
        {
            if (escaped[i] != '\\')
            {
                text.Append(escaped[i]);
                continue;
            }

            var kind = escaped[++i];
            if (kind == 'u')
            {
                text.Append((char)int.Parse(escaped.AsSpan(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                i += 4;
                continue;
            }

            text.Append(kind switch { 'b' => '\b', 'f' => '\f', 'n' => '\n', 'r' => '\r', 't' => '\t', _ => kind });
        }

        return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.ToString()));
    }
}
