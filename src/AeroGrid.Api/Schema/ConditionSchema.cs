using System.Text.Json.Nodes;

namespace AeroGrid.Api.Schema;

/// <summary>The schema of <c>metav1.Condition</c>, with the limits of the Kubernetes API (k8s.io/apimachinery/pkg/apis/meta/v1).</summary>
internal static class ConditionSchema
{
    public static JsonObject Create() => new()
    {
        ["description"] = "One aspect of the state.",
        ["type"] = "object",
        ["properties"] = new JsonObject
        {
            ["type"] = Text("Which aspect, for example Ready.", 316, @"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$"),
            ["status"] = new JsonObject
            {
                ["description"] = "True, False, or Unknown while at work.",
                ["type"] = "string",
                ["enum"] = new JsonArray("True", "False", "Unknown"),
            },
            ["observedGeneration"] = new JsonObject
            {
                ["description"] = "The metadata.generation that this condition is about.",
                ["type"] = "integer",
                ["format"] = "int64",
                ["minimum"] = 0,
            },
            ["lastTransitionTime"] = new JsonObject
            {
                ["description"] = "When status changed last.",
                ["type"] = "string",
                ["format"] = "date-time",
            },
            ["reason"] = Text("Why, in one word, for programs.", 1024, "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$", 1),
            ["message"] = Text("Why, for a person.", 32768),
        },
        ["required"] = new JsonArray("type", "status", "lastTransitionTime", "reason", "message"),
    };

    private static JsonObject Text(string description, int maximum, string? pattern = null, int minimum = 0)
    {
        var schema = new JsonObject { ["description"] = description, ["type"] = "string", ["maxLength"] = maximum };
        if (minimum > 0)
            schema["minLength"] = minimum;
        if (pattern is not null)
            schema["pattern"] = pattern;
        return schema;
    }
}
