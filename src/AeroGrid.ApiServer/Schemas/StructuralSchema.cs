using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Schemas.Cel;

namespace AeroGrid.ApiServer.Schemas;

/// <summary>A schema tree together with the rules of metadata and, for built-in kinds, rules in code. Immutable and thread-safe.</summary>
internal sealed class StructuralSchema : IObjectSchema
{
    private readonly Lazy<SchemaNode> _root;
    private readonly bool _namespaced;
    private readonly Func<string, string?> _nameRule;
    private readonly IKindRules? _rules;
    private readonly bool _hasMetadata;

    /// <summary>Creates one whose tree is read when it is first needed.</summary>
    /// <param name="root">Makes the tree; the root has apiVersion, kind and metadata among its properties.</param>
    /// <param name="namespaced">Whether the kind lives in namespaces.</param>
    /// <param name="nameRule">Form of names; null for an RFC 1123 subdomain.</param>
    /// <param name="rules">Rules in code; null for none.</param>
    /// <param name="hasMetadata">False for kinds that are never stored: their metadata need not have a name.</param>
    public StructuralSchema(
        Func<SchemaNode> root, bool namespaced, Func<string, string?>? nameRule = null, IKindRules? rules = null, bool hasMetadata = true)
    {
        _root = new Lazy<SchemaNode>(root);
        _namespaced = namespaced;
        _nameRule = nameRule ?? Names.Subdomain;
        _rules = rules;
        _hasMetadata = hasMetadata;
    }

    /// <inheritdoc/>
    public SchemaNode Root => _root.Value;

    /// <inheritdoc/>
    public IReadOnlyList<string> Prune(JsonObject obj)
    {
        var removed = new List<string>();
        Pruning.Prune(Root, obj, FieldPath.Root, removed);
        _rules?.Prune(obj, removed);
        return removed;
    }

    /// <inheritdoc/>
    public void ApplyDefaults(JsonObject obj)
    {
        Defaulting.Apply(Root, obj);
        _rules?.ApplyDefaults(obj);
    }

    /// <inheritdoc/>
    public IReadOnlyList<FieldError> Validate(JsonObject obj, JsonObject? old)
    {
        var errors = new List<FieldError>();
        SchemaValidator.Validate(Root, obj, FieldPath.Root, errors);
        if (_hasMetadata && obj["metadata"] is null or JsonObject)
        {
            MetadataValidator.Validate(obj.ObjectAt("metadata"), _namespaced, _nameRule, errors);
        }

        if (errors.Count == 0)
        {
            CelValidator.Validate(Root, obj, old, errors);
        }

        // Rules in code read fields without asking for their types.
        if (errors.Count == 0)
        {
            _rules?.Validate(obj, old, errors);
        }

        return errors;
    }
}
