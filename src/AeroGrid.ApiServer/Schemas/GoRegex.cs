using System.Text;
using System.Text.RegularExpressions;

namespace AeroGrid.ApiServer.Schemas;

/// <summary>
/// Regular expressions in Go's RE2 syntax (https://github.com/google/re2/wiki/Syntax), which is what <c>pattern</c> and CEL's
/// <c>matches</c> are written in. The differences to .NET matter for safety: <c>$</c> must not match before a trailing newline, and
/// <c>\d</c> is ASCII. Matching is linear in the length of the text, since both come from users.
/// </summary>
internal static class GoRegex
{
    private static readonly Dictionary<string, string> PosixClasses = new()
    {
        ["alnum"] = "0-9A-Za-z", ["alpha"] = "A-Za-z", ["ascii"] = @"\x00-\x7F", ["blank"] = @"\t ", ["cntrl"] = @"\x00-\x1F\x7F",
        ["digit"] = "0-9", ["graph"] = "!-~", ["lower"] = "a-z", ["print"] = " -~", ["punct"] = @"!-/:-@\[-`{-~", ["space"] = @"\t\n\v\f\r ",
        ["upper"] = "A-Z", ["word"] = "0-9A-Za-z_", ["xdigit"] = "0-9A-Fa-f",
    };

    /// <summary>Compiles a pattern.</summary>
    /// <exception cref="ArgumentException">The pattern is not valid, or needs more memory than a pattern of a user may.</exception>
    public static Regex Compile(string pattern)
    {
        try
        {
            return new Regex(Translate(pattern), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (NotSupportedException e)
        {
            throw new ArgumentException(e.Message, nameof(pattern), e);
        }
    }

    private static string Translate(string pattern)
    {
        var result = new StringBuilder(pattern.Length + 8);
        var inClass = false;
        for (var i = 0; i < pattern.Length; i++)
        {
            var rest = pattern.AsSpan(i);
            if (rest[0] == '\\' && rest.Length > 1)
            {
                i += Escape(rest, inClass, result);
            }
            else if (inClass && rest.StartsWith("[:") && rest.IndexOf(":]") is > 2 and var end && PosixClasses.TryGetValue(rest[2..end].ToString(), out var set))
            {
                result.Append(set);
                i += end + 1;
            }
            else if (!inClass && rest[0] == '$')
            {
                result.Append(@"\z");
            }
            else if (!inClass && rest.StartsWith("(?P<"))
            {
                result.Append("(?<");
                i += 3;
            }
            else
            {
                // In .NET '[' inside a class could start a subtraction.
                result.Append(inClass && rest[0] == '[' ? @"\[" : rest[0].ToString());
                if (!inClass && rest[0] == '[')
                {
                    inClass = true;
                    // A ']' that comes first is itself a member.
                    if (rest.Length > 1 && rest[1] == '^')
                    {
                        result.Append('^');
                        i++;
                        rest = rest[1..];
                    }

                    if (rest.Length > 1 && rest[1] == ']')
                    {
                        result.Append(@"\]");
                        i++;
                    }
                }
                else if (inClass && rest[0] == ']')
                {
                    inClass = false;
                }
            }
        }

        return result.ToString();
    }

    /// <summary>Writes one escape and returns how many characters after the backslash it took.</summary>
    private static int Escape(ReadOnlySpan<char> rest, bool inClass, StringBuilder result)
    {
        var ascii = rest[1] switch
        {
            'd' => "0-9",
            'w' => "0-9A-Za-z_",
            's' => @"\t\n\f\r ",
            _ => null,
        };
        if (ascii is not null)
        {
            result.Append(inClass ? ascii : $"[{ascii}]");
            return 1;
        }

        var negated = rest[1] switch
        {
            'D' => "0-9",
            'W' => "0-9A-Za-z_",
            'S' => @"\t\n\f\r ",
            _ => null,
        };
        if (negated is not null && !inClass)
        {
            result.Append($"[^{negated}]");
            return 1;
        }

        if (rest[1] is 'p' or 'P' && rest.Length > 2 && rest[2] != '{')
        {
            result.Append('\\').Append(rest[1]).Append('{').Append(rest[2]).Append('}');
            return 2;
        }

        if (rest[1] == 'Q')
        {
            var end = rest.IndexOf(@"\E");
            var literal = end < 0 ? rest[2..] : rest[2..end];
            result.Append(Regex.Escape(literal.ToString()));
            return end < 0 ? rest.Length - 1 : end + 1;
        }

        result.Append('\\').Append(rest[1]);
        return 1;
    }
}
