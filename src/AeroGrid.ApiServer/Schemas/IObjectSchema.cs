using System.Text.Json.Nodes;

namespace AeroGrid.ApiServer.Schemas;

/// <summary>
/// What a kind's schema does to an object, in the order in which the API server calls it: <see cref="Prune"/> (unknown fields),
/// <see cref="ApplyDefaults"/>, <see cref="Validate"/>. Implementations are immutable and thread-safe; objects passed in are changed in place.
/// </summary>
public interface IObjectSchema
{
    /// <summary>The schema tree, for merge keys, OpenAPI and field ownership; null for a kind without a schema (everything is preserved).</summary>
    SchemaNode? Root { get; }

    /// <summary>
    /// Removes fields that the schema does not know, unless it says <c>x-kubernetes-preserve-unknown-fields</c>, and returns their paths
    /// (<c>spec.files[0].contents</c>) so that <c>fieldValidation</c> Strict or Warn can tell them.
    /// </summary>
    IReadOnlyList<string> Prune(JsonObject obj);

    /// <summary>Sets defaults where a field is absent, as structural schema defaulting does.</summary>
    void ApplyDefaults(JsonObject obj);

    /// <summary>All violations of the schema, never only the first; empty when the object is valid.</summary>
    /// <param name="obj">The object as it would be stored.</param>
    /// <param name="old">The stored object on update, for immutable fields; null on create.</param>
    IReadOnlyList<FieldError> Validate(JsonObject obj, JsonObject? old);
}

/// <summary>One cause of a 422 Status, see <c>StatusCause</c> in the Kubernetes API.</summary>
/// <param name="Field">Path such as <c>spec.files[0].path</c>.</param>
/// <param name="Reason">One of the constants in <see cref="FieldErrorReasons"/>.</param>
/// <param name="Message">What is wrong and what would be right, for a person.</param>
public sealed record FieldError(string Field, string Reason, string Message);

/// <summary>Values of <c>StatusCause.reason</c> (k8s.io/apimachinery/pkg/util/validation/field).</summary>
public static class FieldErrorReasons
{
    /// <summary>A required field is absent.</summary>
    public const string Required = "FieldValueRequired";

    /// <summary>A value has the wrong form.</summary>
    public const string Invalid = "FieldValueInvalid";

    /// <summary>A value of the wrong JSON type.</summary>
    public const string TypeInvalid = "FieldValueTypeInvalid";

    /// <summary>A value outside an enumeration.</summary>
    public const string NotSupported = "FieldValueNotSupported";

    /// <summary>A key that must be unique occurs twice.</summary>
    public const string Duplicate = "FieldValueDuplicate";

    /// <summary>A value that policy or state forbids, for example changing an immutable field.</summary>
    public const string Forbidden = "FieldValueForbidden";

    /// <summary>Longer than allowed.</summary>
    public const string TooLong = "FieldValueTooLong";

    /// <summary>More entries than allowed.</summary>
    public const string TooMany = "FieldValueTooMany";

    /// <summary>A referenced thing does not exist.</summary>
    public const string NotFound = "FieldValueNotFound";
}
