using System.Text.Json.Nodes;

namespace AeroGrid.ApiServer.Schemas;

/// <summary>
/// Rules of <c>metadata</c> that hold for every kind (k8s.io/apimachinery/pkg/api/validation, objectmeta.go). Names are checked by the rule
/// of the kind.
/// </summary>
internal static class MetadataValidator
{
    private const int MostAnnotationBytes = 256 * 1024;

    /// <summary>Adds the violations.</summary>
    /// <param name="metadata">The object's metadata.</param>
    /// <param name="namespaced">Whether the kind lives in namespaces.</param>
    /// <param name="nameRule">Returns what is wrong with a name, or null.</param>
    /// <param name="errors">Receives the violations.</param>
    public static void Validate(JsonObject? metadata, bool namespaced, Func<string, string?> nameRule, List<FieldError> errors)
    {
        var path = FieldPath.Root.Field("metadata");
        CheckName(metadata, path, nameRule, errors);
        if (namespaced && metadata.TextAt("namespace") is { Length: > 0 } namespaceName && Names.Label(namespaceName) is { } wrong)
        {
            errors.Add(FieldErrors.Invalid(path.Field("namespace"), namespaceName, wrong));
        }

        CheckLabels(metadata.ObjectAt("labels"), path.Field("labels"), errors);
        CheckAnnotations(metadata.ObjectAt("annotations"), path.Field("annotations"), errors);
        CheckFinalizers(metadata.ArrayAt("finalizers"), path.Field("finalizers"), errors);
        CheckOwners(metadata.ArrayAt("ownerReferences"), path.Field("ownerReferences"), errors);
    }

    /// <summary>Adds the violations of a set of labels, wherever it is.</summary>
    public static void CheckLabels(JsonObject? labels, FieldPath path, List<FieldError> errors)
    {
        foreach (var (key, value) in labels ?? [])
        {
            if (Names.QualifiedName(key) is { } wrongKey)
            {
                errors.Add(FieldErrors.Invalid(path, key, wrongKey));
            }

            if (value.AsText() is { } text && Names.LabelValue(text) is { } wrongValue)
            {
                errors.Add(FieldErrors.Invalid(path, text, wrongValue));
            }
        }
    }

    private static void CheckName(JsonObject? metadata, FieldPath path, Func<string, string?> nameRule, List<FieldError> errors)
    {
        if (metadata.TextAt("name") is not { Length: > 0 } name)
        {
            errors.Add(FieldErrors.Required(path.Field("name"), "name or generateName is required"));
        }
        else if (nameRule(name) is { } wrong)
        {
            errors.Add(FieldErrors.Invalid(path.Field("name"), name, wrong));
        }
    }

    private static void CheckAnnotations(JsonObject? annotations, FieldPath path, List<FieldError> errors)
    {
        var size = 0;
        foreach (var (key, value) in annotations ?? [])
        {
            if (Names.QualifiedName(key.ToLowerInvariant()) is { } wrong)
            {
                errors.Add(FieldErrors.Invalid(path, key, wrong));
            }

            size += key.Length + (value.AsText()?.Length ?? 0);
        }

        if (size > MostAnnotationBytes)
        {
            errors.Add(new FieldError(path.ToString(), FieldErrorReasons.TooLong, $"Too long: may not be more than {MostAnnotationBytes} bytes"));
        }
    }

    private static void CheckFinalizers(JsonArray? finalizers, FieldPath path, List<FieldError> errors)
    {
        for (var i = 0; i < finalizers?.Count; i++)
        {
            if (finalizers[i].AsText() is { } finalizer && Names.QualifiedName(finalizer) is { } wrong)
            {
                errors.Add(FieldErrors.Invalid(path.Index(i), finalizer, wrong));
            }
        }
    }

    private static void CheckOwners(JsonArray? owners, FieldPath path, List<FieldError> errors)
    {
        var controllers = 0;
        for (var i = 0; i < owners?.Count; i++)
        {
            foreach (var field in (ReadOnlySpan<string>)["apiVersion", "kind", "name", "uid"])
            {
                if (owners[i].TextAt(field) is "")
                {
                    errors.Add(FieldErrors.Invalid(path.Index(i).Field(field), "", $"{field} must not be empty"));
                }
            }

            controllers += owners[i].BooleanAt("controller") == true ? 1 : 0;
        }

        if (controllers > 1)
        {
            errors.Add(FieldErrors.Invalid(path, owners, "Only one reference can have Controller set to true"));
        }
    }
}
