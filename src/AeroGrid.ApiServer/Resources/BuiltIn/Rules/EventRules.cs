using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.Resources.BuiltIn.Rules;

/// <summary>
/// Rules of events in both of their versions (k8s.io/kubernetes/pkg/apis/core/validation/events.go). Those written as <c>events.k8s.io/v1</c> are
/// held to more, and change only in their series.
/// </summary>
/// <param name="isCore">Whether these are the rules of the core group.</param>
internal sealed class EventRules(bool isCore) : IKindRules
{
    private const int LongestName = 128;
    private const int LongestNote = 1024;

    private static readonly string[] Deprecated = ["deprecatedCount", "deprecatedFirstTimestamp", "deprecatedLastTimestamp", "deprecatedSource"];
    private static readonly string[] Changing = ["apiVersion", "kind", "metadata", "series"];

    private readonly string _about = isCore ? "involvedObject" : "regarding";
    private readonly string _controller = isCore ? "reportingComponent" : "reportingController";
    private readonly string _note = isCore ? "message" : "note";

    /// <inheritdoc/>
    public void ApplyDefaults(JsonObject obj)
    {
        // Events have none.
    }

    /// <inheritdoc/>
    public void Validate(JsonObject obj, JsonObject? old, List<FieldError> errors)
    {
        CheckNamespace(obj, errors);
        if (obj.TextAt("eventTime") is { Length: > 0 })
        {
            CheckReport(obj, errors);
        }

        if (!isCore)
        {
            CheckStrictly(obj, old, errors);
        }
    }

    /// <summary>What an event is about lives in the event's namespace.</summary>
    private void CheckNamespace(JsonObject obj, List<FieldError> errors)
    {
        var about = obj.TextAt(_about, "namespace") ?? "";
        var own = obj.TextAt("metadata", "namespace") ?? "";
        if (about.Length == 0 ? own != "default" && own != "kube-system" && own.Length > 0 : about != own)
        {
            errors.Add(FieldErrors.Invalid(
                FieldPath.Root.Fields(_about, "namespace"), about, "does not match event.namespace (events about cluster-scoped objects are in namespace default)"));
        }
    }

    /// <summary>An event with a time of its own says who reports what.</summary>
    private void CheckReport(JsonObject obj, List<FieldError> errors)
    {
        CheckText(obj, _controller, LongestName, required: true, errors);
        if (obj.TextAt(_controller) is { Length: > 0 } controller && Names.QualifiedName(controller) is { } wrong)
        {
            errors.Add(FieldErrors.Invalid(FieldPath.Root.Field(_controller), controller, wrong));
        }

        CheckText(obj, "reportingInstance", LongestName, required: true, errors);
        CheckText(obj, "action", LongestName, required: true, errors);
        CheckText(obj, "reason", LongestName, required: true, errors);
        CheckText(obj, _note, LongestNote, required: false, errors);
    }

    private static void CheckStrictly(JsonObject obj, JsonObject? old, List<FieldError> errors)
    {
        if (obj.TextAt("type") is not ("Normal" or "Warning"))
        {
            errors.Add(FieldErrors.Invalid(FieldPath.Root.Field("type"), obj["type"]?.DeepClone() ?? "", "has to be Normal or Warning"));
        }

        if (old is null)
        {
            errors.AddRange(Deprecated.Where(obj.ContainsKey).Select(name => FieldErrors.Invalid(FieldPath.Root.Field(name), obj[name], "needs to be unset")));
            return;
        }

        foreach (var name in obj.Select(f => f.Key).Union(old.Select(f => f.Key)).Except(Changing))
        {
            if (!JsonNode.DeepEquals(obj[name], old[name]))
            {
                errors.Add(FieldErrors.Immutable(FieldPath.Root.Field(name), obj[name]));
            }
        }
    }

    private static void CheckText(JsonObject obj, string name, int most, bool required, List<FieldError> errors)
    {
        var text = obj.TextAt(name) ?? "";
        if (text.Length == 0 && required)
        {
            errors.Add(FieldErrors.Required(FieldPath.Root.Field(name), "an event with eventTime says it"));
        }
        else if (text.Length > most)
        {
            errors.Add(FieldErrors.TooLong(FieldPath.Root.Field(name), most));
        }
    }
}
