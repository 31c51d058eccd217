using System.Text.Json.Nodes;

namespace AeroGrid.ApiServer.Schemas;

/// <summary>
/// Checks an object against a structural schema and collects every violation: types, required fields, limits, list types, logical
/// junctors. A violation of the type ends the walk below that value, since what follows would only be noise.
/// </summary>
internal static class SchemaValidator
{
    /// <summary>After so many errors nobody reads on, and a hostile object must not make a response of megabytes.</summary>
    private const int MostErrors = 100;

    /// <summary>Adds the violations of a value and of everything in it.</summary>
    /// <param name="schema">Schema of the value.</param>
    /// <param name="value">The value; null is JSON null.</param>
    /// <param name="path">Where the value is.</param>
    /// <param name="errors">Receives the violations.</param>
    public static void Validate(SchemaNode schema, JsonNode? value, FieldPath path, List<FieldError> errors)
    {
        if (errors.Count >= MostErrors)
        {
            return;
        }

        if (value is null)
        {
            if (!schema.Nullable && schema.Type is { } expected)
            {
                errors.Add(FieldErrors.TypeInvalid(path, value, expected));
            }

            return;
        }

        if (!CheckType(schema, value, path, errors))
        {
            return;
        }

        if (schema.Validation is { } validation)
        {
            ValueValidator.Validate(validation, value, path, errors);
        }

        if (schema.Format is { } format && value.AsText() is { } text && !Formats.IsValid(format, text))
        {
            errors.Add(FieldErrors.Invalid(path, value, $"{path} in body must be of type {format}: {value.Show()}"));
        }

        switch (value)
        {
            case JsonObject obj:
                ValidateObject(schema, obj, path, errors);
                break;
            case JsonArray array:
                ValidateArray(schema, array, path, errors);
                break;
        }
    }

    private static bool CheckType(SchemaNode schema, JsonNode value, FieldPath path, List<FieldError> errors)
    {
        if (schema.IntOrString)
        {
            if (value.AsText() is null && value.AsInteger() is null)
            {
                errors.Add(FieldErrors.TypeInvalid(path, value, "integer,string"));
                return false;
            }

            return true;
        }

        if (schema.Type is { } type && !SchemaTypes.Matches(type, value))
        {
            errors.Add(FieldErrors.TypeInvalid(path, value, type));
            return false;
        }

        if (schema is { Type: null, Format: "quantity" } && value.AsText() is null && value.AsDouble() is null)
        {
            errors.Add(FieldErrors.TypeInvalid(path, value, "string"));
            return false;
        }

        if (schema is { Type: "integer", Format: "int32" } && value.AsInteger() is < int.MinValue or > int.MaxValue)
        {
            errors.Add(FieldErrors.Invalid(path, value, $"{path} in body must be of type int32: {value.Show()}"));
            return false;
        }

        return true;
    }

    private static void ValidateObject(SchemaNode schema, JsonObject obj, FieldPath path, List<FieldError> errors)
    {
        foreach (var name in schema.Required)
        {
            if (!obj.ContainsKey(name))
            {
                errors.Add(FieldErrors.Required(path.Field(name)));
            }
        }

        if (schema.EmbeddedResource)
        {
            ValidateEmbedded(obj, path, errors);
        }

        foreach (var (name, child) in obj)
        {
            if (schema.Properties.TryGetValue(name, out var property))
            {
                Validate(property, child, path.Field(name), errors);
            }
            else if (schema.AdditionalProperties is { } additional)
            {
                Validate(additional, child, path.Key(name), errors);
            }
        }
    }

    private static void ValidateEmbedded(JsonObject obj, FieldPath path, List<FieldError> errors)
    {
        foreach (var name in (ReadOnlySpan<string>)["apiVersion", "kind"])
        {
            if (!obj.ContainsKey(name))
            {
                errors.Add(FieldErrors.Required(path.Field(name), "must not be empty"));
            }
            else if (obj.TextAt(name) is null)
            {
                errors.Add(FieldErrors.TypeInvalid(path.Field(name), obj[name], "string"));
            }
        }

        if (obj.TryGetPropertyValue("metadata", out var metadata))
        {
            Validate(Resources.BuiltIn.BuiltInSchemas.ObjectMeta, metadata, path.Field("metadata"), errors);
        }
    }

    private static void ValidateArray(SchemaNode schema, JsonArray array, FieldPath path, List<FieldError> errors)
    {
        if (schema.ListType is "set" or "map")
        {
            CheckUnique(schema, array, path, errors);
        }

        if (schema.Items is { } items)
        {
            for (var i = 0; i < array.Count; i++)
            {
                Validate(items, array[i], path.Index(i), errors);
            }
        }
    }

    private static void CheckUnique(SchemaNode schema, JsonArray array, FieldPath path, List<FieldError> errors)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < array.Count; i++)
        {
            var key = schema.ListType == "set" ? array[i] : ListKeys.KeyOf(schema, array[i]);
            if (key is not null && !seen.Add(CanonicalJson.Of(key)))
            {
                errors.Add(FieldErrors.Duplicate(path.Index(i), key));
            }
        }
    }
}
