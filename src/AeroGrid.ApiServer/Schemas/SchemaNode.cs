using System.Collections.ObjectModel;
using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Schemas.Cel;

namespace AeroGrid.ApiServer.Schemas;

/// <summary>
/// One node of a structural schema (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema).
/// Shared by custom and built-in kinds. Immutable and thread-safe.
/// </summary>
public sealed record SchemaNode
{
    /// <summary>
    /// Name of the OpenAPI definition that this node is, for example <c>io.k8s.api.core.v1.PodSpec</c>; null for a node that has its place
    /// only here. Nodes of one name have the same fields; what a place adds (default, description, merge strategy) may differ.
    /// </summary>
    public string? Name { get; init; }

    /// <summary>JSON type: object, array, string, integer, number, boolean; null when any is allowed (int-or-string, preserved fields).</summary>
    public string? Type { get; init; }

    /// <summary>OpenAPI format such as int32, int64, date-time, byte.</summary>
    public string? Format { get; init; }

    /// <summary>Text for <c>kubectl explain</c>.</summary>
    public string? Description { get; init; }

    /// <summary>Named fields of an object.</summary>
    public IReadOnlyDictionary<string, SchemaNode> Properties { get; init; } = ReadOnlyDictionary<string, SchemaNode>.Empty;

    /// <summary>Schema of the values of a map; null when there are only named fields.</summary>
    public SchemaNode? AdditionalProperties { get; init; }

    /// <summary>Schema of the elements of an array.</summary>
    public SchemaNode? Items { get; init; }

    /// <summary>Names of required fields.</summary>
    public IReadOnlyList<string> Required { get; init; } = [];

    /// <summary>Default value, cloned where used; null when there is none.</summary>
    public JsonNode? Default { get; init; }

    /// <summary>Whether null is a value.</summary>
    public bool Nullable { get; init; }

    /// <summary><c>x-kubernetes-preserve-unknown-fields</c>.</summary>
    public bool PreserveUnknownFields { get; init; }

    /// <summary><c>x-kubernetes-embedded-resource</c>.</summary>
    public bool EmbeddedResource { get; init; }

    /// <summary><c>x-kubernetes-int-or-string</c>.</summary>
    public bool IntOrString { get; init; }

    /// <summary><c>x-kubernetes-list-type</c>: atomic, set or map. Null means atomic.</summary>
    public string? ListType { get; init; }

    /// <summary><c>x-kubernetes-list-map-keys</c> for list type map.</summary>
    public IReadOnlyList<string> ListMapKeys { get; init; } = [];

    /// <summary><c>x-kubernetes-map-type</c>: granular (default) or atomic.</summary>
    public string? MapType { get; init; }

    /// <summary><c>x-kubernetes-patch-merge-key</c>, for strategic merge of built-in kinds.</summary>
    public string? PatchMergeKey { get; init; }

    /// <summary><c>x-kubernetes-patch-strategy</c>: merge, replace, retainKeys.</summary>
    public string? PatchStrategy { get; init; }

    /// <summary>Value validations (pattern, enum, limits, allOf …); null when there are none.</summary>
    public ValueValidation? Validation { get; init; }

    /// <summary>Rules in the Common Expression Language (<c>x-kubernetes-validations</c>).</summary>
    internal IReadOnlyList<CelRule> Rules { get; init; } = [];

    /// <summary>Whether this node or one below has rules: then values are walked once more.</summary>
    internal bool HasRules { get; init; }
}
