namespace AeroGrid.ApiServer.Schemas.Cel;

/// <summary>
/// Parses the Common Expression Language by recursive descent, one method a level of precedence. What this evaluator does not know is a
/// syntax error here or an unknown name in <see cref="CelChecker"/>: nothing is passed over.
/// </summary>
internal sealed class CelParser
{
    private const int MostDepth = 64;
    private const int MostLength = 16 * 1024;

    private readonly List<CelToken> _tokens;
    private int _position;
    private int _depth;

    private CelParser(List<CelToken> tokens) => _tokens = tokens;

    /// <summary>Parses an expression.</summary>
    /// <exception cref="CelException">It is not in the language, or uses a part of it that is not supported.</exception>
    public static CelExpression Parse(string source)
    {
        if (source.Length > MostLength)
        {
            throw new CelException($"an expression may not be longer than {MostLength} characters");
        }

        var parser = new CelParser(new CelLexer(source).ReadAll());
        var expression = parser.ReadConditional();
        return parser.Current.Kind == CelTokenKind.End ? expression : throw parser.Wrong("an operator or the end is expected");
    }

    private CelToken Current => _tokens[_position];

    private bool Take(string symbol)
    {
        if (Current.Kind != CelTokenKind.Symbol || Current.Text != symbol)
        {
            return false;
        }

        _position++;
        return true;
    }

    private void Expect(string symbol)
    {
        if (!Take(symbol))
        {
            throw Wrong($"'{symbol}' is expected");
        }
    }

    private CelException Wrong(string what) =>
        new($"Syntax error at position {Current.Position + 1}{(Current.Kind == CelTokenKind.End ? " (the end)" : $" ('{Current.Text}')")}: {what}");

    private CelExpression ReadConditional()
    {
        if (++_depth > MostDepth)
        {
            throw Wrong($"expressions may not be nested deeper than {MostDepth} levels");
        }

        var condition = ReadOr();
        if (Take("?"))
        {
            var then = ReadConditional();
            Expect(":");
            condition = new CelConditional(condition, then, ReadConditional());
        }

        _depth--;
        return condition;
    }

    private CelExpression ReadOr() => ReadBinary(ReadAnd, "||");

    private CelExpression ReadAnd() => ReadBinary(ReadRelation, "&&");

    private CelExpression ReadRelation()
    {
        var left = ReadAddition();
        while (true)
        {
            if (Current is { Kind: CelTokenKind.Identifier, Text: "in" })
            {
                _position++;
                left = new CelCall("in", null, [left, ReadAddition()]);
            }
            else if (Current is { Kind: CelTokenKind.Symbol, Text: "==" or "!=" or "<" or "<=" or ">" or ">=" })
            {
                var symbol = Current.Text;
                _position++;
                left = new CelCall(symbol, null, [left, ReadAddition()]);
            }
            else
            {
                return left;
            }
        }
    }

    private CelExpression ReadAddition() => ReadBinary(ReadMultiplication, "+", "-");

    private CelExpression ReadMultiplication() => ReadBinary(ReadUnary, "*", "/", "%");

    private CelExpression ReadBinary(Func<CelExpression> operand, params ReadOnlySpan<string> symbols)
    {
        var left = operand();
        while (Current.Kind == CelTokenKind.Symbol && symbols.Contains(Current.Text))
        {
            var symbol = Current.Text;
            _position++;
            left = new CelCall(symbol, null, [left, operand()]);
        }

        return left;
    }

    private CelExpression ReadUnary()
    {
        if (++_depth > MostDepth)
        {
            throw Wrong($"expressions may not be nested deeper than {MostDepth} levels");
        }

        var result = Take("!") ? new CelCall("!", null, [ReadUnary()]) : Take("-") ? new CelCall("negate", null, [ReadUnary()]) : ReadMember();
        _depth--;
        return result;
    }

    private CelExpression ReadMember()
    {
        var expression = ReadPrimary();
        while (true)
        {
            if (Take("["))
            {
                if (Current is { Kind: CelTokenKind.Symbol, Text: "?" })
                {
                    throw Wrong("optional values are not supported: use has()");
                }

                expression = new CelIndex(expression, ReadConditional());
                Expect("]");
            }
            else if (Take("."))
            {
                if (Current is { Kind: CelTokenKind.Symbol, Text: "?" })
                {
                    throw Wrong("optional values are not supported: use has()");
                }

                var name = ReadName();
                expression = Take("(") ? MakeCall(name, expression, ReadArguments(")")) : new CelSelect(expression, name, Test: false);
            }
            else
            {
                return expression;
            }
        }
    }

    private CelExpression ReadPrimary()
    {
        var token = Current;
        switch (token.Kind)
        {
            case CelTokenKind.Integer or CelTokenKind.Number:
                _position++;
                return new CelLiteral(token.Value);
            case CelTokenKind.Text:
                _position++;
                return new CelLiteral(token.Text);
            case CelTokenKind.Identifier:
                return ReadIdentifier();
        }

        if (Take("("))
        {
            var inner = ReadConditional();
            Expect(")");
            return inner;
        }

        if (Take("["))
        {
            return new CelListLiteral(ReadArguments("]"));
        }

        return Take("{") ? ReadMap() : throw Wrong("a value is expected");
    }

    private CelExpression ReadIdentifier()
    {
        var name = ReadName();
        switch (name)
        {
            case "true" or "false":
                return new CelLiteral(name == "true");
            case "null":
                return new CelLiteral(null);
        }

        if (Take("("))
        {
            return MakeCall(name, null, ReadArguments(")"));
        }

        return Current is { Kind: CelTokenKind.Symbol, Text: "{" } ? throw Wrong("messages cannot be made in rules") : new CelIdentifier(name);
    }

    private CelMapLiteral ReadMap()
    {
        var entries = new List<(CelExpression, CelExpression)>();
        while (!Take("}"))
        {
            var key = ReadConditional();
            Expect(":");
            entries.Add((key, ReadConditional()));
            if (!Take(","))
            {
                Expect("}");
                break;
            }
        }

        return new CelMapLiteral(entries);
    }

    private List<CelExpression> ReadArguments(string end)
    {
        var arguments = new List<CelExpression>();
        while (!Take(end))
        {
            arguments.Add(ReadConditional());
            if (!Take(","))
            {
                Expect(end);
                break;
            }
        }

        return arguments;
    }

    private string ReadName()
    {
        if (Current.Kind != CelTokenKind.Identifier)
        {
            throw Wrong("a name is expected");
        }

        return _tokens[_position++].Text;
    }

    private CelExpression MakeCall(string name, CelExpression? target, List<CelExpression> arguments)
    {
        switch (name)
        {
            case "has" when target is null:
                return arguments is [CelSelect { Test: false } select] ? select with { Test = true } : throw Wrong("has() takes a field, for example has(self.name)");
            case "all" or "exists" or "exists_one" or "existsOne" or "filter" when target is not null:
                return arguments is [CelIdentifier element, var test]
                    ? new CelComprehension(name == "existsOne" ? "exists_one" : name, target, element.Name, test, null)
                    : throw Wrong($"{name}() takes a name and a condition, for example self.{name}(x, x > 0)");
            case "map" when target is not null:
                return arguments switch
                {
                    [CelIdentifier variable, var transform] => new CelComprehension("map", target, variable.Name, null, transform),
                    [CelIdentifier variable, var condition, var transform] => new CelComprehension("map", target, variable.Name, condition, transform),
                    _ => throw Wrong("map() takes a name, an optional condition, and a value"),
                };
            case "matches" or "find" or "findAll" when target is not null && arguments is [CelLiteral { Value: string pattern }, ..]:
                return new CelCall(name, target, arguments, CelFunctions.CompilePattern(pattern));
            case "matches" when target is null && arguments is [_, CelLiteral { Value: string pattern }]:
                return new CelCall(name, arguments[0], [arguments[1]], CelFunctions.CompilePattern(pattern));
            default:
                return new CelCall(name, target, arguments);
        }
    }
}
