using System.Text.Json.Nodes;

namespace AeroGrid.ApiServer.Schemas;

/// <summary>
/// What a built-in kind asks for beyond its schema: defaults that depend on other fields, and validation across fields. Stateless, hence
/// thread-safe.
/// </summary>
internal interface IKindRules
{
    /// <summary>Removes unknown fields where the schema of the kind cannot tell, and adds their paths.</summary>
    void Prune(JsonObject obj, List<string> removed)
    {
        // Most kinds are told by their schema alone.
    }

    /// <summary>Sets defaults in place, after those of the schema.</summary>
    void ApplyDefaults(JsonObject obj);

    /// <summary>Adds violations.</summary>
    /// <param name="obj">An object whose fields have the right types: it is only called when the schema found nothing.</param>
    /// <param name="old">The stored object on update; null on create.</param>
    /// <param name="errors">Receives the violations.</param>
    void Validate(JsonObject obj, JsonObject? old, List<FieldError> errors);
}
