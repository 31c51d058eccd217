using System.Text.Json;
using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Resources;
using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.Apply;

/// <summary>
/// The annotation in which kubectl's client-side apply remembers what it applied. Only <c>kubectl apply --server-side</c> looks at it: fields
/// that its own client-side apply set are no conflict, and the annotation is kept up to date so that one can go back.
/// </summary>
internal static class LastApplied
{
    private const string Annotation = "kubectl.kubernetes.io/last-applied-configuration";

    /// <summary>Whether a conflicting field was set by client-side apply.</summary>
    public static bool Allows(ResourceDefinition definition, JsonObject live, string field)
    {
        if (live.TextAt("metadata", "annotations", Annotation) is not { } text)
        {
            return false;
        }

        try
        {
            return JsonNode.Parse(text) is JsonObject last
                && FieldExtraction.Of(definition.Schema.Root, last).Paths().Contains(field, StringComparer.Ordinal);
        }
        catch (JsonException)
        {
            // Somebody else wrote the annotation: it allows nothing.
            return false;
        }
    }

    /// <summary>Writes the applied configuration into the annotation, where the object has it.</summary>
    public static void Refresh(JsonObject merged, JsonObject applied)
    {
        if (merged.ObjectAt("metadata", "annotations") is not { } annotations || !annotations.ContainsKey(Annotation))
        {
            return;
        }

        var copy = (JsonObject)applied.DeepClone();
        copy.ObjectAt("metadata", "annotations")?.Remove(Annotation);
        annotations[Annotation] = copy.ToJsonString() + "\n";
    }
}
