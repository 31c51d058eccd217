using System.Globalization;
using System.Text;

namespace AeroGrid.Gateway.Ingress;

/// <summary>Texts of any kind in headers.</summary>
internal static class HeaderText
{
    /// <summary>A header is printable ASCII; anything else of a name is percent-encoded UTF-8 (as RFC 8187 does), and so is the percent sign.</summary>
    public static string Of(string text)
    {
        if (text.AsSpan().IndexOfAnyExceptInRange('!', '~') < 0 && !text.Contains('%'))
            return text;
        var encoded = new StringBuilder(text.Length + 16);
        foreach (var b in Encoding.UTF8.GetBytes(text))
        {
            if (b is > (byte)' ' and <= (byte)'~' and not (byte)'%')
                encoded.Append((char)b);
            else
                encoded.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
        }

        return encoded.ToString();
    }
}
