using System.Globalization;
using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Schemas;
using AeroGrid.ApiServer.Tables;

namespace AeroGrid.ApiServer.Resources.BuiltIn.Columns;

/// <summary>What <c>kubectl get pods</c> shows; the words in STATUS are those of printPod in k8s.io/kubernetes/pkg/printers.</summary>
internal static class PodColumns
{
    public static IReadOnlyList<PrinterColumn> All { get; } =
    [
        Column.Text("Ready", Ready),
        Column.Text("Status", Status),
        Column.Timed("Restarts", Restarts),
        Column.Age,
        Column.Text("IP", pod => pod.TextAt("status", "podIP")).Wide(),
        Column.Text("Node", pod => pod.TextAt("spec", "nodeName")).Wide(),
        Column.Text("Nominated Node", pod => pod.TextAt("status", "nominatedNodeName")).Wide(),
        Column.Text("Readiness Gates", ReadinessGates).Wide(),
    ];

    private static string Ready(JsonObject pod)
    {
        var ready = pod.ObjectsAt("status", "containerStatuses").Count(c => c.BooleanAt("ready") == true && c.ObjectAt("state", "running") is not null);
        return string.Create(CultureInfo.InvariantCulture, $"{ready}/{pod.ObjectsAt("spec", "containers").Count()}");
    }

    internal static string Status(JsonObject pod)
    {
        var reason = pod.TextAt("status", "reason") is { Length: > 0 } given ? given : pod.TextAt("status", "phase") ?? "Unknown";
        reason = Initializing(pod) ?? Running(pod, reason);
        if (pod.TextAt("metadata", "deletionTimestamp") is null)
        {
            return reason;
        }

        if (pod.TextAt("status", "reason") == "NodeLost")
        {
            return "Unknown";
        }

        return pod.TextAt("status", "phase") is "Failed" or "Succeeded" ? reason : "Terminating";
    }

    /// <summary>What the first unfinished init container does; null when all are done.</summary>
    private static string? Initializing(JsonObject pod)
    {
        var count = pod.ObjectsAt("spec", "initContainers").Count();
        var index = 0;
        foreach (var status in pod.ObjectsAt("status", "initContainerStatuses"))
        {
            if (status.ObjectAt("state", "terminated") is { } terminated)
            {
                if (terminated.IntegerAt("exitCode") != 0)
                {
                    return "Init:" + Ended(terminated);
                }
            }
            else if (!(status.BooleanAt("started") == true && IsSidecar(pod, status.TextAt("name"))))
            {
                return status.TextAt("state", "waiting", "reason") is { Length: > 0 } waiting && waiting != "PodInitializing"
                    ? "Init:" + waiting
                    : string.Create(CultureInfo.InvariantCulture, $"Init:{index}/{count}");
            }

            index++;
        }

        return null;
    }

    private static bool IsSidecar(JsonObject pod, string? name) =>
        pod.ObjectsAt("spec", "initContainers").Any(c => c.TextAt("name") == name && c.TextAt("restartPolicy") == "Always");

    private static string Running(JsonObject pod, string reason)
    {
        var running = false;
        foreach (var status in pod.ObjectsAt("status", "containerStatuses").Reverse())
        {
            if (status.TextAt("state", "waiting", "reason") is { Length: > 0 } waiting)
            {
                reason = waiting;
            }
            else if (status.ObjectAt("state", "terminated") is { } terminated)
            {
                reason = Ended(terminated);
            }
            else if (status.BooleanAt("ready") == true && status.ObjectAt("state", "running") is not null)
            {
                running = true;
            }
        }

        if (reason != "Completed" || !running)
        {
            return reason;
        }

        return pod.ObjectsAt("status", "conditions").Any(c => c.TextAt("type") == "Ready" && c.TextAt("status") == "True") ? "Running" : "NotReady";
    }

    private static string Ended(JsonObject terminated)
    {
        if (terminated.TextAt("reason") is { Length: > 0 } reason)
        {
            return reason;
        }

        return terminated.IntegerAt("signal") is { } signal and not 0
            ? string.Create(CultureInfo.InvariantCulture, $"Signal:{signal}")
            : string.Create(CultureInfo.InvariantCulture, $"ExitCode:{terminated.IntegerAt("exitCode") ?? 0}");
    }

    private static string Restarts(JsonObject pod, DateTimeOffset now)
    {
        var statuses = pod.ObjectsAt("status", "containerStatuses").ToList();
        var count = statuses.Sum(s => s.IntegerAt("restartCount") ?? 0);
        var last = statuses.Select(s => s.TextAt("lastState", "terminated", "finishedAt")).Max(StringComparer.Ordinal);
        return count > 0 && Column.Since(last, now) is { } since
            ? string.Create(CultureInfo.InvariantCulture, $"{count} ({since} ago)")
            : count.ToString(CultureInfo.InvariantCulture);
    }

    private static string? ReadinessGates(JsonObject pod)
    {
        var gates = pod.ObjectsAt("spec", "readinessGates").Select(g => g.TextAt("conditionType")).ToHashSet();
        if (gates.Count == 0)
        {
            return null;
        }

        var open = pod.ObjectsAt("status", "conditions").Count(c => gates.Contains(c.TextAt("type")) && c.TextAt("status") == "True");
        return string.Create(CultureInfo.InvariantCulture, $"{open}/{gates.Count}");
    }
}
