using System.Globalization;
using System.Text.Json.Nodes;

namespace AeroGrid.ApiServer.Schemas;

/// <summary>Checks the value validations of one node (OpenAPI v3 keywords) with the wording of Kubernetes.</summary>
internal static class ValueValidator
{
    /// <summary>Adds the violations of the value itself and of logical junctors.</summary>
    public static void Validate(ValueValidation rules, JsonNode value, FieldPath path, List<FieldError> errors)
    {
        if (rules.Enum.Count > 0 && !rules.Enum.Any(allowed => JsonNode.DeepEquals(allowed, value)))
        {
            errors.Add(FieldErrors.NotSupported(path, value, rules.Enum.Select(JsonValues.Show)));
        }

        switch (value)
        {
            case JsonObject obj:
                CheckCount(obj.Count, rules.MinProperties, rules.MaxProperties, "properties", value, path, errors);
                break;
            case JsonArray array:
                CheckCount(array.Count, rules.MinItems, rules.MaxItems, "items", value, path, errors);
                if (rules.UniqueItems && array.Select(CanonicalJson.Of).Distinct().Count() < array.Count)
                {
                    errors.Add(FieldErrors.Invalid(path, value, $"{path} in body shouldn't contain duplicates"));
                }

                break;
            default:
                if (value.AsText() is { } text)
                {
                    CheckText(rules, text, value, path, errors);
                }
                else if (value.AsDouble() is { } number)
                {
                    CheckNumber(rules, number, value, path, errors);
                }

                break;
        }

        CheckJunctors(rules, value, path, errors);
    }

    private static void CheckCount(int count, long? least, long? most, string what, JsonNode value, FieldPath path, List<FieldError> errors)
    {
        if (count > most)
        {
            errors.Add(FieldErrors.TooMany(path, count, most.Value, what));
        }
        else if (count < least)
        {
            errors.Add(FieldErrors.Invalid(path, count, $"{path} in body should have at least {least} {what}"));
        }
    }

    private static void CheckText(ValueValidation rules, string text, JsonNode value, FieldPath path, List<FieldError> errors)
    {
        if (rules.MaxLength is { } most && text.Length > most && LengthOf(text) > most)
        {
            errors.Add(FieldErrors.TooLong(path, most));
        }

        if (rules.MinLength is { } least && LengthOf(text) < least)
        {
            errors.Add(FieldErrors.Invalid(path, value, $"{path} in body should be at least {least} chars long"));
        }

        if (rules.Pattern is { } pattern && !pattern.IsMatch(text))
        {
            errors.Add(FieldErrors.Invalid(path, value, $"{path} in body should match '{rules.PatternText ?? pattern.ToString()}'"));
        }
    }

    /// <summary>Length in Unicode code points, as OpenAPI counts.</summary>
    private static int LengthOf(string text)
    {
        var length = text.Length;
        foreach (var c in text)
        {
            if (char.IsLowSurrogate(c))
            {
                length--;
            }
        }

        return length;
    }

    private static void CheckNumber(ValueValidation rules, double number, JsonNode value, FieldPath path, List<FieldError> errors)
    {
        if (rules.Minimum is { } minimum && (rules.ExclusiveMinimum ? number <= minimum : number < minimum))
        {
            errors.Add(FieldErrors.Invalid(path, value, $"{path} in body should be greater than {OrEqual(rules.ExclusiveMinimum)}{Number(minimum)}"));
        }

        if (rules.Maximum is { } maximum && (rules.ExclusiveMaximum ? number >= maximum : number > maximum))
        {
            errors.Add(FieldErrors.Invalid(path, value, $"{path} in body should be less than {OrEqual(rules.ExclusiveMaximum)}{Number(maximum)}"));
        }

        // Decimal fractions such as 0.1 have no exact binary form: the quotient is compared with the nearest integer.
        if (rules.MultipleOf is { } factor && factor > 0 && Math.Abs((number / factor) - Math.Round(number / factor)) > 1e-9)
        {
            errors.Add(FieldErrors.Invalid(path, value, $"{path} in body should be a multiple of {Number(factor)}"));
        }
    }

    private static string OrEqual(bool exclusive) => exclusive ? "" : "or equal to ";

    private static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);

    private static void CheckJunctors(ValueValidation rules, JsonNode value, FieldPath path, List<FieldError> errors)
    {
        foreach (var schema in rules.AllOf)
        {
            SchemaValidator.Validate(schema, value, path, errors);
        }

        if (rules.AnyOf.Count > 0 && !rules.AnyOf.Any(schema => Holds(schema, value, path)))
        {
            errors.Add(FieldErrors.Invalid(path, value, $"{path} in body must validate at least one schema (anyOf)"));
        }

        if (rules.OneOf.Count > 0 && rules.OneOf.Count(schema => Holds(schema, value, path)) is var valid and not 1)
        {
            var found = valid == 0 ? "Found none valid" : $"Found {valid} valid alternatives";
            errors.Add(FieldErrors.Invalid(path, value, $"{path} in body must validate one and only one schema (oneOf). {found}"));
        }

        if (rules.Not is { } not && Holds(not, value, path))
        {
            errors.Add(FieldErrors.Invalid(path, value, $"{path} in body must not validate the schema (not)"));
        }
    }

    private static bool Holds(SchemaNode schema, JsonNode value, FieldPath path)
    {
        var found = new List<FieldError>();
        SchemaValidator.Validate(schema, value, path, found);
        return found.Count == 0;
    }
}
