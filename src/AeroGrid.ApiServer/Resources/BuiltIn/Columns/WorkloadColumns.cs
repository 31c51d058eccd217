using System.Globalization;
using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Schemas;
using AeroGrid.ApiServer.Tables;

namespace AeroGrid.ApiServer.Resources.BuiltIn.Columns;

/// <summary>Columns of the kinds that make pods.</summary>
internal static class WorkloadColumns
{
    public static IReadOnlyList<PrinterColumn> Deployment { get; } =
    [
        Column.Text("Ready", o => string.Create(CultureInfo.InvariantCulture, $"{o.IntegerAt("status", "readyReplicas") ?? 0}/{o.IntegerAt("spec", "replicas") ?? 0}")),
        Column.Number("Up-to-date", o => o.IntegerAt("status", "updatedReplicas")),
        Column.Number("Available", o => o.IntegerAt("status", "availableReplicas")),
        Column.Age, Column.Containers, Column.Images, Column.PodSelector,
    ];

    public static IReadOnlyList<PrinterColumn> ReplicaSet { get; } =
    [
        Column.Number("Desired", o => o.IntegerAt("spec", "replicas")),
        Column.Number("Current", o => o.IntegerAt("status", "replicas")),
        Column.Number("Ready", o => o.IntegerAt("status", "readyReplicas")),
        Column.Age, Column.Containers, Column.Images, Column.PodSelector,
    ];

    public static IReadOnlyList<PrinterColumn> Job { get; } =
    [
        Column.Text("Status", JobStatus),
        Column.Text("Completions", JobCompletions),
        Column.Timed("Duration", JobDuration),
        Column.Age, Column.Containers, Column.Images, Column.PodSelector,
    ];

    public static IReadOnlyList<PrinterColumn> ControllerRevision { get; } =
    [
        Column.Text("Controller", Controller),
        Column.Number("Revision", o => o.IntegerAt("revision")),
        Column.Age,
    ];

    public static IReadOnlyList<PrinterColumn> HorizontalPodAutoscaler { get; } =
    [
        Column.Text("Reference", o => $"{o.TextAt("spec", "scaleTargetRef", "kind")}/{o.TextAt("spec", "scaleTargetRef", "name")}"),
        Column.Text("MinPods", o => (o.IntegerAt("spec", "minReplicas") ?? 1).ToString(CultureInfo.InvariantCulture)),
        Column.Number("MaxPods", o => o.IntegerAt("spec", "maxReplicas")),
        Column.Number("Replicas", o => o.IntegerAt("status", "currentReplicas")),
        Column.Age,
    ];

    public static IReadOnlyList<PrinterColumn> PodDisruptionBudget { get; } =
    [
        Column.Text("Min Available", o => o.At("spec", "minAvailable")?.ToString() ?? "N/A"),
        Column.Text("Max Unavailable", o => o.At("spec", "maxUnavailable")?.ToString() ?? "N/A"),
        Column.Number("Allowed Disruptions", o => o.IntegerAt("status", "disruptionsAllowed")),
        Column.Age,
    ];

    private static string JobStatus(JsonObject job)
    {
        bool Has(string type) => job.ObjectsAt("status", "conditions").Any(c => c.TextAt("type") == type && c.TextAt("status") == "True");
        return Has("Complete") ? "Complete"
            : Has("Failed") ? "Failed"
            : job.TextAt("metadata", "deletionTimestamp") is not null ? "Terminating"
            : Has("Suspended") ? "Suspended"
            : Has("FailureTarget") ? "FailureTarget"
            : Has("SuccessCriteriaMet") ? "SuccessCriteriaMet"
            : "Running";
    }

    private static string JobCompletions(JsonObject job)
    {
        var succeeded = job.IntegerAt("status", "succeeded") ?? 0;
        if (job.IntegerAt("spec", "completions") is { } completions)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{succeeded}/{completions}");
        }

        var parallelism = job.IntegerAt("spec", "parallelism") ?? 0;
        return parallelism > 1
            ? string.Create(CultureInfo.InvariantCulture, $"{succeeded}/1 of {parallelism}")
            : string.Create(CultureInfo.InvariantCulture, $"{succeeded}/1");
    }

    private static string? JobDuration(JsonObject job, DateTimeOffset now)
    {
        if (!Time(job.TextAt("status", "startTime"), out var start))
        {
            return "";
        }

        return HumanDuration.Format((Time(job.TextAt("status", "completionTime"), out var end) ? end : now) - start);
    }

    private static bool Time(string? text, out DateTimeOffset time) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);

    private static string? Controller(JsonObject revision) =>
        revision.ObjectsAt("metadata", "ownerReferences").FirstOrDefault(o => o.BooleanAt("controller") == true) is { } owner
            ? OwnerText(owner)
            : null;

    private static string OwnerText(JsonObject owner)
    {
        var version = owner.TextAt("apiVersion") ?? "";
        var group = version.Contains('/') ? "." + version[..version.IndexOf('/')] : "";
        return $"{owner.TextAt("kind")?.ToLowerInvariant()}{group}/{owner.TextAt("name")}";
    }
}
