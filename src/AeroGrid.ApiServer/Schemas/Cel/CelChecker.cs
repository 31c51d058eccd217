using System.Collections.Frozen;

namespace AeroGrid.ApiServer.Schemas.Cel;

/// <summary>
/// Looks at an expression when it is created: every name is declared, every function exists, and fields are those of the schema, as far as
/// the types are known. What remains, evaluation finds.
/// </summary>
internal sealed class CelChecker
{
    private static readonly SchemaNode Text = new() { Type = "string" };

    /// <summary>Of the metadata a rule may see the names only.</summary>
    private static readonly SchemaNode Metadata = new()
    {
        Type = "object",
        Properties = new Dictionary<string, SchemaNode> { ["name"] = Text, ["generateName"] = Text }.ToFrozenDictionary(),
    };

    private static readonly FrozenDictionary<string, SchemaNode> ObjectFields =
        new Dictionary<string, SchemaNode> { ["apiVersion"] = Text, ["kind"] = Text, ["metadata"] = Metadata }.ToFrozenDictionary();

    private readonly List<(string Name, SchemaNode? Schema)> _scope = [];
    private readonly SchemaNode _self;
    private readonly bool _isObject;

    private CelChecker(SchemaNode self, bool isObject)
    {
        _self = self;
        _isObject = isObject;
    }

    /// <summary>Whether the expression looks at the state before.</summary>
    public bool UsesOldSelf { get; private set; }

    /// <summary>Checks an expression.</summary>
    /// <param name="expression">The expression.</param>
    /// <param name="self">Schema of <c>self</c>.</param>
    /// <param name="isObject">Whether self is a whole object, hence has metadata.</param>
    /// <exception cref="CelException">What is wrong.</exception>
    /// <returns>The checker, to be asked about what it found.</returns>
    public static CelChecker Check(CelExpression expression, SchemaNode self, bool isObject)
    {
        var checker = new CelChecker(self, isObject);
        checker.Visit(expression);
        return checker;
    }

    /// <summary>Returns the schema of the value where it is known.</summary>
    private SchemaNode? Visit(CelExpression expression)
    {
        switch (expression)
        {
            case CelIdentifier identifier:
                return Lookup(identifier.Name);
            case CelSelect select:
                return Field(Visit(select.Operand), select.Operand is CelIdentifier { Name: "self" or "oldSelf" }, CelNames.Unescape(select.Field));
            case CelIndex index:
                Visit(index.Index);
                var container = Visit(index.Operand);
                return container?.Items ?? container?.AdditionalProperties;
            case CelConditional conditional:
                Visit(conditional.Condition);
                Visit(conditional.Then);
                Visit(conditional.Otherwise);
                return null;
            case CelListLiteral list:
                VisitAll(list.Items);
                return null;
            case CelMapLiteral map:
                VisitAll([.. map.Entries.SelectMany(e => (CelExpression[])[e.Key, e.Value])]);
                return null;
            case CelComprehension comprehension:
                return Comprehension(comprehension);
            case CelCall call:
                return Call(call);
            default:
                return null;
        }
    }

    private void VisitAll(IEnumerable<CelExpression> expressions)
    {
        foreach (var expression in expressions)
        {
            Visit(expression);
        }
    }

    private SchemaNode? Lookup(string name)
    {
        var index = _scope.FindLastIndex(v => v.Name == name);
        if (index >= 0)
        {
            return _scope[index].Schema;
        }

        UsesOldSelf |= name == "oldSelf";
        return name is "self" or "oldSelf" ? _self : throw new CelException($"undeclared reference to '{name}': there are self and oldSelf");
    }

    private SchemaNode? Field(SchemaNode? schema, bool isSelf, string field)
    {
        if (isSelf && _isObject && ReferenceEquals(schema, _self) && ObjectFields.TryGetValue(field, out var known))
        {
            return known;
        }

        if (schema is null || schema.PreserveUnknownFields || schema.IntOrString || schema.EmbeddedResource)
        {
            return schema?.Properties.GetValueOrDefault(field);
        }

        return schema.Properties.GetValueOrDefault(field) ?? schema.AdditionalProperties ?? throw new CelException($"undefined field '{field}'");
    }

    private SchemaNode? Comprehension(CelComprehension comprehension)
    {
        var range = Visit(comprehension.Range);
        _scope.Add((comprehension.Variable, range is { Type: "object" } ? Text : range?.Items));
        if (comprehension.Filter is not null)
        {
            Visit(comprehension.Filter);
        }

        if (comprehension.Transform is not null)
        {
            Visit(comprehension.Transform);
        }

        _scope.RemoveAt(_scope.Count - 1);
        return comprehension.Macro == "filter" ? range : null;
    }

    private SchemaNode? Call(CelCall call)
    {
        var known = call.Target is null ? CelFunctions.Functions : CelFunctions.Methods;
        if (!known.TryGetValue(call.Function, out var count))
        {
            var names = call.Target is null ? CelFunctions.FunctionNames : CelFunctions.Methods.Keys.Order(StringComparer.Ordinal);
            throw new CelException($"undeclared reference to '{call.Function}': there are {string.Join(", ", names)}");
        }

        if (call.Arguments.Count < count.Least || call.Arguments.Count > count.Most)
        {
            throw new CelException($"found no matching overload for '{call.Function}' with {call.Arguments.Count} arguments");
        }

        if (call.Target is not null)
        {
            Visit(call.Target);
        }

        VisitAll(call.Arguments);
        return null;
    }
}
