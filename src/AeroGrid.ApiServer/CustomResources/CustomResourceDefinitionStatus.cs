using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Apply;
using AeroGrid.ApiServer.Resources;
using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.CustomResources;

/// <summary>
/// The status of CustomResourceDefinitions. It is written with the object itself: whoever created a definition may use it at once, there is
/// no moment in which it exists but is not served.
/// </summary>
internal static class CustomResourceDefinitionStatus
{
    /// <summary>Empties the resource before its definition goes.</summary>
    public const string CleanupFinalizer = "customresourcecleanup.apiextensions.k8s.io";

    /// <summary>Storage key of CustomResourceDefinitions.</summary>
    public const string StorageKey = "apiextensions.k8s.io/customresourcedefinitions";

    /// <summary>Writes the status into a CustomResourceDefinition.</summary>
    /// <param name="crd">The object to be stored; changed in place.</param>
    /// <param name="served">What is served now.</param>
    /// <param name="now">Time of transitions.</param>
    public static void Write(JsonObject crd, ResourceSnapshot served, DateTimeOffset now)
    {
        var status = crd.Ensure("status");
        var conflict = CustomResourceNames.Conflict(crd, served);
        if (conflict is null)
        {
            status["acceptedNames"] = crd.ObjectAt("spec", "names")?.DeepClone();
            SetCondition(status, "NamesAccepted", true, "NoConflicts", "no conflicts found", now);
            SetCondition(status, "Established", true, "InitialNamesAccepted", "the initial names have been accepted", now);
        }
        else
        {
            status.SetDefault("acceptedNames", new JsonObject { ["plural"] = "", ["kind"] = "" });
            SetCondition(status, "NamesAccepted", false, conflict.Value.Reason, conflict.Value.Message, now);
            // What was served stays served with its accepted names.
            if (!CustomResourceReader.HasCondition(crd, "Established"))
            {
                SetCondition(status, "Established", false, "NotAccepted", "not all names are accepted", now);
            }
        }

        if (status["storedVersions"] is not JsonArray stored)
        {
            stored = [];
            status["storedVersions"] = stored;
        }

        if (crd.ObjectsAt("spec", "versions").FirstOrDefault(v => v.BooleanAt("storage") == true)?.TextAt("name") is { } version
            && !stored.Any(v => v.AsText() == version))
        {
            stored.Add(version);
        }
    }

    /// <summary>Sets a condition; the time changes only with the status.</summary>
    private static void SetCondition(JsonObject status, string type, bool value, string reason, string message, DateTimeOffset now)
    {
        var conditions = status["conditions"] as JsonArray;
        if (conditions is null)
        {
            conditions = [];
            status["conditions"] = conditions;
        }

        var text = value ? "True" : "False";
        var condition = conditions.OfType<JsonObject>().FirstOrDefault(c => c.TextAt("type") == type);
        if (condition is null)
        {
            condition = new JsonObject { ["type"] = type };
            conditions.Add((JsonNode)condition);
        }

        if (condition.TextAt("status") != text)
        {
            condition["status"] = text;
            condition["lastTransitionTime"] = ManagedFields.Text(now);
        }

        condition["reason"] = reason;
        condition["message"] = message;
    }
}
