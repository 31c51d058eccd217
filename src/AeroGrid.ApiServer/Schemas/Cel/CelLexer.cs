using System.Globalization;
using System.Text;

namespace AeroGrid.ApiServer.Schemas.Cel;

/// <summary>Kinds of tokens.</summary>
internal enum CelTokenKind
{
    End,
    Identifier,
    Integer,
    Number,
    Text,
    Symbol,
}

/// <param name="Kind">Kind.</param>
/// <param name="Text">The symbol, the name, or the value of a text.</param>
/// <param name="Position">Where it starts.</param>
/// <param name="Value">Value of a number.</param>
internal readonly record struct CelToken(CelTokenKind Kind, string Text, int Position, object? Value = null);

/// <summary>Splits an expression into tokens (https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax).</summary>
internal sealed class CelLexer(string source)
{
    private static readonly string[] Symbols =
        ["&&", "||", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", ".", ",", "(", ")", "[", "]", "{", "}"];

    private int _position;

    /// <summary>All tokens; the last one is the end.</summary>
    /// <exception cref="CelException">The text is not made of tokens.</exception>
    public List<CelToken> ReadAll()
    {
        var tokens = new List<CelToken>();
        while (true)
        {
            var token = Next();
            tokens.Add(token);
            if (token.Kind == CelTokenKind.End)
            {
                return tokens;
            }
        }
    }

    private char Peek(int ahead = 0) => _position + ahead < source.Length ? source[_position + ahead] : '\0';

    private CelToken Next()
    {
        SkipSpace();
        var start = _position;
        if (start == source.Length)
        {
            return new CelToken(CelTokenKind.End, "", start);
        }

        var c = Peek();
        if (c is '"' or '\'' || (c is 'r' or 'R' && Peek(1) is '"' or '\''))
        {
            return new CelToken(CelTokenKind.Text, ReadText(), start);
        }

        if (char.IsAsciiLetter(c) || c == '_')
        {
            while (char.IsAsciiLetterOrDigit(Peek()) || Peek() == '_')
            {
                _position++;
            }

            return new CelToken(CelTokenKind.Identifier, source[start.._position], start);
        }

        if (char.IsAsciiDigit(c) || (c == '.' && char.IsAsciiDigit(Peek(1))))
        {
            return ReadNumber();
        }

        foreach (var symbol in Symbols)
        {
            if (source.AsSpan(start).StartsWith(symbol, StringComparison.Ordinal))
            {
                _position += symbol.Length;
                return new CelToken(CelTokenKind.Symbol, symbol, start);
            }
        }

        throw Wrong(start, $"unexpected character '{c}'");
    }

    private void SkipSpace()
    {
        while (true)
        {
            while (char.IsWhiteSpace(Peek()))
            {
                _position++;
            }

            if (Peek() != '/' || Peek(1) != '/')
            {
                return;
            }

            while (Peek() is not ('\n' or '\0'))
            {
                _position++;
            }
        }
    }

    private CelToken ReadNumber()
    {
        var start = _position;
        if (Peek() == '0' && Peek(1) is 'x' or 'X')
        {
            _position += 2;
            while (char.IsAsciiHexDigit(Peek()))
            {
                _position++;
            }

            return long.TryParse(source.AsSpan(start + 2, _position - start - 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex)
                ? new CelToken(CelTokenKind.Integer, source[start.._position], start, hex)
                : throw Wrong(start, "not a number");
        }

        var fraction = false;
        while (char.IsAsciiDigit(Peek()) || (Peek() == '.' && char.IsAsciiDigit(Peek(1))) || Peek() is 'e' or 'E'
            || (Peek() is '+' or '-' && source[_position - 1] is 'e' or 'E'))
        {
            fraction |= !char.IsAsciiDigit(Peek());
            _position++;
        }

        var text = source[start.._position];
        if (!fraction && Peek() is 'u' or 'U')
        {
            _position++;
        }

        if (fraction)
        {
            return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                ? new CelToken(CelTokenKind.Number, text, start, number)
                : throw Wrong(start, "not a number");
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var integer)
            ? new CelToken(CelTokenKind.Integer, text, start, integer)
            : throw Wrong(start, "the number does not fit 64 bits");
    }

    private string ReadText()
    {
        var start = _position;
        var raw = Peek() is 'r' or 'R';
        _position += raw ? 1 : 0;
        var quote = Peek();
        var delimiter = Peek(1) == quote && Peek(2) == quote ? new string(quote, 3) : quote.ToString();
        _position += delimiter.Length;
        var result = new StringBuilder();
        while (!source.AsSpan(_position).StartsWith(delimiter, StringComparison.Ordinal))
        {
            if (_position >= source.Length || (delimiter.Length == 1 && Peek() == '\n'))
            {
                throw Wrong(start, "the text has no end");
            }

            if (Peek() == '\\' && !raw)
            {
                ReadEscape(result);
            }
            else
            {
                result.Append(source[_position++]);
            }
        }

        _position += delimiter.Length;
        return result.ToString();
    }

    private void ReadEscape(StringBuilder result)
    {
        var start = _position;
        var c = Peek(1);
        _position += 2;
        switch (c)
        {
            case 'a': result.Append('\a'); break;
            case 'b': result.Append('\b'); break;
            case 'f': result.Append('\f'); break;
            case 'n': result.Append('\n'); break;
            case 'r': result.Append('\r'); break;
            case 't': result.Append('\t'); break;
            case 'v': result.Append('\v'); break;
            case '\\' or '\'' or '"' or '`' or '?': result.Append(c); break;
            case 'x' or 'X': ReadCodePoint(2, 16, start, result); break;
            case 'u': ReadCodePoint(4, 16, start, result); break;
            case 'U': ReadCodePoint(8, 16, start, result); break;
            case >= '0' and <= '3':
                _position--;
                ReadCodePoint(3, 8, start, result);
                break;
            default:
                throw Wrong(start, $"unknown escape \\{c}");
        }
    }

    private void ReadCodePoint(int digits, int numberBase, int start, StringBuilder result)
    {
        try
        {
            result.Append(char.ConvertFromUtf32(Convert.ToInt32(source.Substring(_position, digits), numberBase)));
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            throw Wrong(start, "not a code point");
        }

        _position += digits;
    }

    private static CelException Wrong(int position, string what) => new($"Syntax error at position {position + 1}: {what}");
}
