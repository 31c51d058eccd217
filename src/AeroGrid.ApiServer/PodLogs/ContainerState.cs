using System.Text.Json.Nodes;

namespace AeroGrid.ApiServer.PodLogs;

/// <summary>Why a container has no logs, from the pod's status and in the words of the kubelet.</summary>
internal static class ContainerState
{
    /// <summary>The reason, or null when the status knows none.</summary>
    public static string? Explain(JsonObject pod, string container, bool previous)
    {
        var podName = (string?)pod["metadata"]?["name"];
        var status = Find(pod, "containerStatuses", container) ?? Find(pod, "initContainerStatuses", container);
        if (previous)
        {
            return status?["lastState"]?["terminated"] is null
                ? $"previous terminated container \"{container}\" in pod \"{podName}\" not found"
                : null;
        }

        if (status?["state"]?["running"] is not null || status?["state"]?["terminated"] is not null || status?["lastState"]?["terminated"] is not null)
        {
            return null;
        }

        var why = (string?)status?["state"]?["waiting"]?["reason"] switch
        {
            "ErrImagePull" => "image can't be pulled",
            "ImagePullBackOff" => "trying and failing to pull image",
            { Length: > 0 } reason => reason,
            _ => string.IsNullOrEmpty((string?)pod["spec"]?["nodeName"]) ? "the pod has no node yet" : "ContainerCreating",
        };
        return $"container \"{container}\" in pod \"{podName}\" is waiting to start: {why}";
    }

    private static JsonNode? Find(JsonObject pod, string field, string container) =>
        (pod["status"]?[field] as JsonArray)?.FirstOrDefault(s => (string?)s?["name"] == container);
}
