using System.Text.Json.Nodes;

namespace AeroGrid.ApiServer.Schemas.Cel;

/// <summary>Evaluates the rules of a schema on an object, from the outside inwards.</summary>
internal sealed class CelValidator
{
    private readonly CelEvaluator _evaluator = new();
    private readonly List<FieldError> _errors;

    private CelValidator(List<FieldError> errors) => _errors = errors;

    /// <summary>Adds the violations of rules.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="value">An object that is valid otherwise.</param>
    /// <param name="old">The stored object; null on create.</param>
    /// <param name="errors">Receives the violations.</param>
    public static void Validate(SchemaNode schema, JsonNode? value, JsonNode? old, List<FieldError> errors)
    {
        if (schema.HasRules)
        {
            new CelValidator(errors).Visit(schema, value, old, Schemas.FieldPath.Root);
        }
    }

    private void Visit(SchemaNode schema, JsonNode? value, JsonNode? old, FieldPath path)
    {
        if (!schema.HasRules || value is null)
        {
            return;
        }

        foreach (var rule in schema.Rules)
        {
            Apply(rule, schema, value, old, path);
        }

        switch (value)
        {
            case JsonObject obj:
                foreach (var (name, child) in obj)
                {
                    if (schema.Properties.TryGetValue(name, out var property))
                    {
                        Visit(property, child, old.At(name), path.Field(name));
                    }
                    else if (schema.AdditionalProperties is { } additional)
                    {
                        Visit(additional, child, old.At(name), path.Key(name));
                    }
                }

                break;
            case JsonArray array when schema.Items is { HasRules: true } items:
                var before = ByKey(schema, old as JsonArray);
                for (var i = 0; i < array.Count; i++)
                {
                    var previous = before is not null && ListKeys.KeyOf(schema, array[i]) is { } key ? before.GetValueOrDefault(CanonicalJson.Of(key)) : null;
                    Visit(items, array[i], previous, path.Index(i));
                }

                break;
        }
    }

    /// <summary>Only elements with keys can be found again in the state before.</summary>
    private static Dictionary<string, JsonNode?>? ByKey(SchemaNode schema, JsonArray? old)
    {
        if (schema.ListType != "map" || old is null)
        {
            return null;
        }

        var result = new Dictionary<string, JsonNode?>(StringComparer.Ordinal);
        foreach (var item in old)
        {
            if (ListKeys.KeyOf(schema, item) is { } key)
            {
                result.TryAdd(CanonicalJson.Of(key), item);
            }
        }

        return result;
    }

    private void Apply(CelRule rule, SchemaNode schema, JsonNode value, JsonNode? old, FieldPath path)
    {
        if (rule.IsTransition && old is null)
        {
            return;
        }

        var self = CelValues.Of(value, schema);
        var oldSelf = CelValues.Of(old, schema);
        try
        {
            if (_evaluator.Evaluate(rule.Expression, ("self", self), ("oldSelf", oldSelf)) is true)
            {
                return;
            }
        }
        catch (CelException e)
        {
            _errors.Add(FieldErrors.Invalid(path, Shown(value), $"rule evaluation error: {e.Message} (rule: {rule.Rule})"));
            return;
        }

        var at = path.Fields([.. rule.FieldPath]);
        var message = MessageOf(rule, self, oldSelf);
        _errors.Add(rule.Reason switch
        {
            FieldErrorReasons.Forbidden => FieldErrors.Forbidden(at, message),
            FieldErrorReasons.Required => FieldErrors.Required(at, message),
            FieldErrorReasons.Duplicate => new FieldError(at.ToString(), rule.Reason, $"Duplicate value: {Shown(value).Show()}: {message}"),
            _ => FieldErrors.Invalid(at, Shown(value), message),
        });
    }

    private string MessageOf(CelRule rule, object? self, object? oldSelf)
    {
        var fixedMessage = rule.Message ?? $"failed rule: {rule.Rule}";
        if (rule.MessageExpression is null)
        {
            return fixedMessage;
        }

        try
        {
            return _evaluator.Evaluate(rule.MessageExpression, ("self", self), ("oldSelf", oldSelf)) is string { Length: > 0 } text && !text.Contains('\n') ? text : fixedMessage;
        }
        catch (CelException)
        {
            // What is wrong with the object is more important than what is wrong with the text about it.
            return fixedMessage;
        }
    }

    /// <summary>Large values are told by their type, as Kubernetes does.</summary>
    private static JsonNode Shown(JsonNode value) => value is JsonValue ? value : JsonValue.Create(SchemaTypes.NameOf(value));
}
