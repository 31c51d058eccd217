using k8s.Models;

using AeroGrid.Node.Controllers.Pods;

namespace AeroGrid.Node.Controllers.ReplicaSets;

/// <summary>
/// Which pods go first when there are too many: those that serve least, then those that are newest. The order is that of Kubernetes
/// ("ReplicaSet: Scaling a ReplicaSet"), without the part about several nodes.
/// </summary>
internal sealed class DeletionOrder : IComparer<V1Pod>
{
    private const string DeletionCost = "controller.kubernetes.io/pod-deletion-cost";

    public static DeletionOrder Instance { get; } = new();

    public int Compare(V1Pod? x, V1Pod? y)
    {
        if (x is null || y is null)
            return (x is null ? 1 : 0) - (y is null ? 1 : 0);
        return First(
            IsBound(x).CompareTo(IsBound(y)),
            PhaseRank(x).CompareTo(PhaseRank(y)),
            x.IsReady().CompareTo(y.IsReady()),
            Cost(x).CompareTo(Cost(y)),
            -Nullable.Compare(ReadySince(x), ReadySince(y)),
            y.Restarts().CompareTo(x.Restarts()),
            -Nullable.Compare(x.Metadata.CreationTimestamp, y.Metadata.CreationTimestamp),
            string.CompareOrdinal(x.Metadata.Name, y.Metadata.Name));
    }

    private static int First(params ReadOnlySpan<int> comparisons)
    {
        foreach (var comparison in comparisons)
        {
            if (comparison != 0)
                return comparison;
        }

        return 0;
    }

    private static bool IsBound(V1Pod pod) => !string.IsNullOrEmpty(pod.Spec?.NodeName);

    private static int PhaseRank(V1Pod pod) => pod.Status?.Phase switch { "Running" => 2, "Unknown" => 1, _ => 0 };

    private static DateTime? ReadySince(V1Pod pod) => pod.IsReady() ? pod.Condition("Ready")!.LastTransitionTime : null;

    private static int Cost(V1Pod pod) =>
        pod.Metadata.Annotations?.TryGetValue(DeletionCost, out var text) == true && int.TryParse(text, out var cost) ? cost : 0;
}
