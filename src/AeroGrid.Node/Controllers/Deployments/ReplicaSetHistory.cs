using k8s.Models;

namespace AeroGrid.Node.Controllers.Deployments;

/// <summary>A Deployment's ReplicaSets: the one of the present template, and the earlier ones.</summary>
internal sealed class ReplicaSetHistory
{
    private const int DefaultLimit = 10;

    private readonly List<V1ReplicaSet> old;

    private ReplicaSetHistory(V1ReplicaSet? newSet, List<V1ReplicaSet> old)
    {
        New = newSet;
        this.old = old;
    }

    /// <summary>The set whose template is the Deployment's; null before it is made.</summary>
    public V1ReplicaSet? New { get; private set; }

    /// <summary>The other sets, the oldest first.</summary>
    public IReadOnlyList<V1ReplicaSet> Old => old;

    /// <summary>All sets.</summary>
    public IEnumerable<V1ReplicaSet> All => New is null ? old : old.Append(New);

    /// <summary>The revision of the present template: the one it has, when it is the highest, else one more.</summary>
    public long Revision
    {
        get
        {
            var highest = old.Count == 0 ? 0 : old.Max(ReplicaSetAnnotations.RevisionOf);
            var present = New is null ? 0 : ReplicaSetAnnotations.RevisionOf(New);
            return present > highest ? present : highest + 1;
        }
    }

    /// <summary>Sorts a Deployment's sets out. When several have the present template (made by hand, say) the oldest is taken.</summary>
    public static ReplicaSetHistory Of(V1Deployment deployment, IEnumerable<V1ReplicaSet> sets)
    {
        List<V1ReplicaSet> sorted =
            [.. sets.OrderBy(static set => set.Metadata.CreationTimestamp).ThenBy(static set => set.Metadata.Name, StringComparer.Ordinal)];
        var wanted = PodTemplates.Canonical(deployment.Spec.Template);
        var newSet = sorted.Find(set => set.Metadata.DeletionTimestamp is null && PodTemplates.Canonical(set.Spec.Template) == wanted);
        if (newSet is not null)
            sorted.Remove(newSet);
        return new(newSet, sorted);
    }

    /// <summary>The set of the present template, after it was made or written.</summary>
    public void SetNew(V1ReplicaSet set) => New = set;

    /// <summary>A set as it is after a write.</summary>
    public void Update(V1ReplicaSet set)
    {
        if (New?.Metadata.Name == set.Metadata.Name)
            New = set;
        else if (old.FindIndex(other => other.Metadata.Name == set.Metadata.Name) is >= 0 and var index)
            old[index] = set;
    }

    /// <summary>Sets without pods beyond the number of revisions that are kept, the oldest first.</summary>
    public IReadOnlyList<V1ReplicaSet> Surplus(V1Deployment deployment)
    {
        var alive = old.Where(static set => set.Metadata.DeletionTimestamp is null)
            .OrderBy(ReplicaSetAnnotations.RevisionOf)
            .ThenBy(static set => set.Metadata.CreationTimestamp)
            .ToList();
        var surplus = alive.Count - (deployment.Spec.RevisionHistoryLimit ?? DefaultLimit);
        return surplus <= 0 ? [] :
        [
            .. alive.Take(surplus).Where(static set =>
                set.Replicas() == 0
                && (set.Status?.Replicas ?? 0) == 0
                && (set.Status?.ObservedGeneration ?? 0) >= (set.Metadata.Generation ?? 0)),
        ];
    }
}
