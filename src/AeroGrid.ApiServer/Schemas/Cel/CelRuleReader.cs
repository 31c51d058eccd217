using System.Text.Json.Nodes;

namespace AeroGrid.ApiServer.Schemas.Cel;

/// <summary>Compiles <c>x-kubernetes-validations</c>. A rule that cannot be evaluated is an error here and never passed over.</summary>
internal static class CelRuleReader
{
    private static readonly string[] Reasons =
        [FieldErrorReasons.Invalid, FieldErrorReasons.Forbidden, FieldErrorReasons.Required, FieldErrorReasons.Duplicate];

    /// <summary>Reads the rules of a node.</summary>
    /// <param name="schema">The node as written.</param>
    /// <param name="node">The node as read.</param>
    /// <param name="path">Where it is.</param>
    /// <param name="isObject">Whether values are whole objects.</param>
    /// <param name="correlatable">Whether a value can be found again in the state before.</param>
    /// <param name="errors">Receives what is wrong.</param>
    public static IReadOnlyList<CelRule> Read(JsonObject schema, SchemaNode node, FieldPath path, bool isObject, bool correlatable, List<FieldError> errors)
    {
        var rules = new List<CelRule>();
        var index = 0;
        foreach (var entry in schema.ObjectsAt("x-kubernetes-validations"))
        {
            var at = path.Field("x-kubernetes-validations").Index(index++);
            if (ReadRule(entry, node, at, isObject, correlatable, errors) is { } rule)
            {
                rules.Add(rule);
            }
        }

        return rules;
    }

    private static CelRule? ReadRule(JsonObject entry, SchemaNode node, FieldPath path, bool isObject, bool correlatable, List<FieldError> errors)
    {
        if (entry.TextAt("rule") is not { } text || text.Trim().Length == 0)
        {
            errors.Add(FieldErrors.Required(path.Field("rule"), "rule is not specified"));
            return null;
        }

        if (entry.BooleanAt("optionalOldSelf") == true)
        {
            errors.Add(FieldErrors.Forbidden(path.Field("optionalOldSelf"), "optional values are not supported: split the rule in one with oldSelf and one without"));
            return null;
        }

        var reason = entry.TextAt("reason") is { Length: > 0 } given ? given : FieldErrorReasons.Invalid;
        if (!Reasons.Contains(reason))
        {
            errors.Add(FieldErrors.NotSupported(path.Field("reason"), reason, Reasons.Select(r => $"\"{r}\"")));
        }

        if (Compile(text, node, path.Field("rule"), isObject, errors) is not { } compiled)
        {
            return null;
        }

        if (compiled.Checker.UsesOldSelf && !correlatable)
        {
            errors.Add(FieldErrors.Invalid(
                path.Field("rule"), text, "oldSelf cannot be used on the uncorrelatable portion of the schema: elements can be found again only in lists of x-kubernetes-list-type map"));
        }

        var message = entry.TextAt("messageExpression") is { Length: > 0 } expression ? Compile(expression, node, path.Field("messageExpression"), isObject, errors) : null;
        return new CelRule
        {
            Rule = text.Trim(),
            Expression = compiled.Expression,
            Message = entry.TextAt("message") is { Length: > 0 } fixedMessage ? fixedMessage : null,
            MessageExpression = message?.Expression,
            Reason = reason,
            FieldPath = ReadFieldPath(entry, node, path, errors),
            IsTransition = compiled.Checker.UsesOldSelf,
        };
    }

    private static (CelExpression Expression, CelChecker Checker)? Compile(string text, SchemaNode node, FieldPath path, bool isObject, List<FieldError> errors)
    {
        try
        {
            var expression = CelParser.Parse(text);
            return (expression, CelChecker.Check(expression, node, isObject));
        }
        catch (CelException e)
        {
            errors.Add(FieldErrors.Invalid(path, text, $"compilation failed: {e.Message}"));
            return null;
        }
    }

    private static string[] ReadFieldPath(JsonObject entry, SchemaNode node, FieldPath path, List<FieldError> errors)
    {
        if (entry.TextAt("fieldPath") is not { Length: > 0 } text)
        {
            return [];
        }

        var names = text.TrimStart('.').Split('.');
        var target = node;
        foreach (var name in names)
        {
            target = target?.Properties.GetValueOrDefault(name) ?? target?.AdditionalProperties;
        }

        if (!text.StartsWith('.') || target is null)
        {
            errors.Add(FieldErrors.Invalid(path.Field("fieldPath"), text, "must be the path of an existing field below, for example .spec.name"));
        }

        return names;
    }
}
