using System.Globalization;

namespace AeroGrid.ApiServer.Schemas.Cel;

/// <summary>
/// Evaluates an expression. Every step costs, and the budget is shared by all rules of one object: rules and objects both come from users.
/// Not thread-safe; one evaluator checks one object.
/// </summary>
internal sealed class CelEvaluator
{
    /// <summary>Steps for all rules of one object.</summary>
    public const long Budget = 5_000_000;

    private readonly List<(string Name, object? Value)> _variables = [];
    private long _left = Budget;

    /// <summary>Evaluates with variables.</summary>
    /// <exception cref="CelException">It fails, or costs too much.</exception>
    public object? Evaluate(CelExpression expression, params ReadOnlySpan<(string Name, object? Value)> variables)
    {
        _variables.Clear();
        _variables.AddRange(variables);
        return Visit(expression);
    }

    /// <summary>Takes from the budget.</summary>
    public void Charge(long steps)
    {
        _left -= steps;
        if (_left < 0)
        {
            throw new CelException("the rules cost too much on this object: limit the size of lists, maps and texts in the schema (maxItems, maxProperties, maxLength)");
        }
    }

    private object? Visit(CelExpression expression)
    {
        Charge(1);
        switch (expression)
        {
            case CelLiteral literal:
                return literal.Value;
            case CelIdentifier identifier:
                return Lookup(identifier.Name);
            case CelSelect select:
                return Select(select);
            case CelIndex index:
                return CelFunctions.Index(Visit(index.Operand), Visit(index.Index));
            case CelConditional conditional:
                return Visit(AsBoolean(Visit(conditional.Condition)) ? conditional.Then : conditional.Otherwise);
            case CelListLiteral list:
                return new CelList([.. list.Items.Select(Visit)]);
            case CelMapLiteral map:
                return new CelMap(null, null, map.Entries.ToDictionary(e => CelFunctions.Key(Visit(e.Key)), e => Visit(e.Value), StringComparer.Ordinal));
            case CelComprehension comprehension:
                return Walk(comprehension);
            case CelCall { Function: "&&" } and:
                return Junction(and, decisive: false);
            case CelCall { Function: "||" } or:
                return Junction(or, decisive: true);
            case CelCall call:
                var target = call.Target is null ? null : Visit(call.Target);
                return CelFunctions.Call(call, target, [.. call.Arguments.Select(Visit)], this);
            default:
                throw new CelException("unknown expression");
        }
    }

    private object? Lookup(string name)
    {
        for (var i = _variables.Count - 1; i >= 0; i--)
        {
            if (_variables[i].Name == name)
            {
                return _variables[i].Value;
            }
        }

        throw new CelException($"undeclared reference to '{name}'");
    }

    private object? Select(CelSelect select)
    {
        var field = CelNames.Unescape(select.Field);
        if (Visit(select.Operand) is not CelMap map)
        {
            throw new CelException($"type has no field '{field}'");
        }

        var found = map.TryGet(field, out var value);
        if (select.Test)
        {
            return found;
        }

        return found ? value : throw new CelException($"no such key: {field}");
    }

    /// <summary>An error on one side does not matter when the other side decides.</summary>
    private bool Junction(CelCall call, bool decisive)
    {
        CelException? error = null;
        try
        {
            if (AsBoolean(Visit(call.Arguments[0])) == decisive)
            {
                return decisive;
            }
        }
        catch (CelException e) when (_left >= 0)
        {
            error = e;
        }

        var right = AsBoolean(Visit(call.Arguments[1]));
        return right == decisive || error is null ? right : throw error;
    }

    private object? Walk(CelComprehension c)
    {
        var range = Visit(c.Range) switch
        {
            CelList list => list.Items,
            CelMap map => [.. map.Keys],
            var other => throw new CelException($"no such overload: {c.Macro}() of {CelValues.NameOf(other)}"),
        };
        var result = new List<object?>();
        var count = 0;
        CelException? error = null;
        foreach (var item in range)
        {
            _variables.Add((c.Variable, item));
            try
            {
                var holds = c.Filter is null || AsBoolean(Visit(c.Filter));
                switch (c.Macro)
                {
                    case "all" when !holds:
                        return false;
                    case "exists" when holds:
                        return true;
                }

                count += holds ? 1 : 0;
                if (holds && c.Macro is "filter" or "map")
                {
                    result.Add(c.Transform is null ? item : Visit(c.Transform));
                }
            }
            catch (CelException e) when (_left >= 0 && c.Macro is "all" or "exists")
            {
                // As with && and ||: another element may still decide.
                error ??= e;
            }
            finally
            {
                _variables.RemoveAt(_variables.Count - 1);
            }
        }

        return c.Macro switch
        {
            "all" or "exists" when error is not null => throw error,
            "all" => true,
            "exists" => false,
            "exists_one" => count == 1,
            _ => new CelList(result),
        };
    }

    private static bool AsBoolean(object? value) =>
        value as bool? ?? throw new CelException(string.Create(CultureInfo.InvariantCulture, $"no such overload: {CelValues.NameOf(value)} where a bool is needed"));
}
