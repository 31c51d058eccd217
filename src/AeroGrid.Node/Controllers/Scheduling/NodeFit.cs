using k8s.Models;

using AeroGrid.Node.Controllers.Ownership;

namespace AeroGrid.Node.Controllers.Scheduling;

/// <summary>Whether a node may take a pod, and if not, why: the words are those of Kubernetes' scheduler. Pure.</summary>
internal static class NodeFit
{
    /// <returns>Null when it fits; otherwise the reason.</returns>
    public static string? Obstacle(V1Node node, V1Pod pod)
    {
        if (node.Spec?.Unschedulable == true && !Tolerates(pod, new() { Key = "node.kubernetes.io/unschedulable", Effect = "NoSchedule" }))
            return "node(s) were unschedulable";
        if (node.Status?.Conditions?.FirstOrDefault(static condition => condition.Type == "Ready")?.Status != "True")
            return "node(s) were not ready";
        foreach (var taint in node.Spec?.Taints ?? [])
        {
            if (taint.Effect is "NoSchedule" or "NoExecute" && !Tolerates(pod, taint))
                return $"node(s) had untolerated taint {{{taint.Key}: {taint.Value}}}";
        }

        if (!LabelSelectors.HasAll(pod.Spec.NodeSelector, node.Metadata.Labels))
            return "node(s) didn't match Pod's node affinity/selector";
        return null;
    }

    private static bool Tolerates(V1Pod pod, V1Taint taint) => pod.Spec.Tolerations?.Any(toleration =>
        (string.IsNullOrEmpty(toleration.Effect) || toleration.Effect == taint.Effect)
        && (string.IsNullOrEmpty(toleration.Key) ? toleration.OperatorProperty == "Exists" : toleration.Key == taint.Key)
        && (toleration.OperatorProperty == "Exists" || (toleration.Value ?? "") == (taint.Value ?? ""))) == true;
}
