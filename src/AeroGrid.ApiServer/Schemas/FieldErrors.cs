using System.Text.Json.Nodes;

namespace AeroGrid.ApiServer.Schemas;

/// <summary>Makes field errors with the wording of k8s.io/apimachinery/pkg/util/validation/field.</summary>
internal static class FieldErrors
{
    public static FieldError Required(FieldPath path, string detail = "") =>
        new(path.ToString(), FieldErrorReasons.Required, detail.Length == 0 ? "Required value" : $"Required value: {detail}");

    public static FieldError Invalid(FieldPath path, JsonNode? value, string detail) =>
        new(path.ToString(), FieldErrorReasons.Invalid, $"Invalid value: {value.Show()}: {detail}");

    public static FieldError TypeInvalid(FieldPath path, JsonNode? value, string expected)
    {
        var actual = SchemaTypes.NameOf(value);
        return new(path.ToString(), FieldErrorReasons.TypeInvalid, $"Invalid value: \"{actual}\": {path} in body must be of type {expected}: \"{actual}\"");
    }

    public static FieldError NotSupported(FieldPath path, JsonNode? value, IEnumerable<string> supported) =>
        new(path.ToString(), FieldErrorReasons.NotSupported, $"Unsupported value: {value.Show()}: supported values: {string.Join(", ", supported)}");

    public static FieldError Duplicate(FieldPath path, JsonNode? value) =>
        new(path.ToString(), FieldErrorReasons.Duplicate, $"Duplicate value: {value.Show()}");

    public static FieldError Forbidden(FieldPath path, string detail) =>
        new(path.ToString(), FieldErrorReasons.Forbidden, $"Forbidden: {detail}");

    public static FieldError Immutable(FieldPath path, JsonNode? value) => Invalid(path, value, "field is immutable");

    public static FieldError TooLong(FieldPath path, long most) =>
        new(path.ToString(), FieldErrorReasons.TooLong, $"Too long: may not be more than {most} characters");

    public static FieldError TooMany(FieldPath path, long actual, long most, string what = "items") =>
        new(path.ToString(), FieldErrorReasons.TooMany, $"Too many: {actual}: must have at most {most} {what}");

    public static FieldError NotFound(FieldPath path, JsonNode? value) =>
        new(path.ToString(), FieldErrorReasons.NotFound, $"Not found: {value.Show()}");
}
