using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.Resources.BuiltIn.Rules;

/// <summary>Namespaces carry their own name as a label, so that selectors can name them, and the finalizer that empties them.</summary>
internal sealed class NamespaceRules : IKindRules
{
    /// <inheritdoc/>
    public void ApplyDefaults(JsonObject obj)
    {
        if (obj.TextAt("metadata", "name") is { Length: > 0 } name && obj["metadata"] is JsonObject metadata)
        {
            metadata.Ensure("labels")["kubernetes.io/metadata.name"] = name;
        }

        // While it is being deleted the absence of the finalizer means that the namespace is empty.
        if (obj.TextAt("metadata", "deletionTimestamp") is null)
        {
            obj.Ensure("spec").SetDefault("finalizers", new JsonArray("kubernetes"));
            obj.Ensure("status").SetDefault("phase", "Active");
        }
    }

    /// <inheritdoc/>
    public void Validate(JsonObject obj, JsonObject? old, List<FieldError> errors)
    {
    }
}
