using k8s.Models;

namespace AeroGrid.Node.Controllers.Deployments;

/// <summary>
/// The sizes that a Deployment's ReplicaSets should have next. Pure: from the state to the numbers, by the rules of Kubernetes'
/// deployment controller.
/// </summary>
internal static class Scaling
{
    /// <summary>The size of the new set in a rolling update: as many more as the surge has room for.</summary>
    public static int NewSetSize(V1Deployment deployment, V1ReplicaSet? newSet, IEnumerable<V1ReplicaSet> oldSets)
    {
        var wanted = deployment.Replicas();
        var present = newSet?.Replicas() ?? 0;
        if (present >= wanted)
            return wanted;
        var room = wanted + RollingUpdate.Of(deployment).MaxSurge - present - oldSets.Sum(static set => set.Replicas());
        return room <= 0 ? present : present + Math.Min(room, wanted - present);
    }

    /// <summary>
    /// The sizes of the old sets in a rolling update. Pods that are not available go first: they serve nobody. Then as many available
    /// ones as can be missed.
    /// </summary>
    /// <param name="deployment">The Deployment.</param>
    /// <param name="newSet">Its new set, in the size that it has been given.</param>
    /// <param name="oldSets">Its old sets, the oldest first.</param>
    /// <returns>A size for each old set that has to shrink.</returns>
    public static Dictionary<string, int> OldSetSizes(V1Deployment deployment, V1ReplicaSet newSet, IReadOnlyList<V1ReplicaSet> oldSets)
    {
        var sizes = new Dictionary<string, int>(StringComparer.Ordinal);
        var total = newSet.Replicas() + oldSets.Sum(static set => set.Replicas());
        var atLeast = deployment.Replicas() - RollingUpdate.Of(deployment).MaxUnavailable;

        // New pods that are not available yet are counted as lost: the old ones stand in for them.
        var mayGo = total - atLeast - (newSet.Replicas() - newSet.Available());
        if (mayGo <= 0)
            return sizes;

        var unhealthy = mayGo;
        foreach (var set in oldSets)
        {
            var gone = Math.Min(unhealthy, set.Replicas() - set.Available());
            if (gone <= 0)
                continue;
            sizes[set.Metadata.Name] = set.Replicas() - gone;
            unhealthy -= gone;
        }

        var spare = newSet.Available() + oldSets.Sum(static set => set.Available()) - atLeast;
        foreach (var set in oldSets)
        {
            var size = sizes.TryGetValue(set.Metadata.Name, out var smaller) ? smaller : set.Replicas();
            var gone = Math.Min(spare, size);
            if (gone <= 0)
                continue;
            sizes[set.Metadata.Name] = size - gone;
            spare -= gone;
        }

        return sizes;
    }

    /// <summary>
    /// The sizes after someone changed <c>spec.replicas</c>. In the middle of a rolling update every set gets its share, so that a scale
    /// neither hurries nor stops the update.
    /// </summary>
    /// <param name="deployment">The Deployment.</param>
    /// <param name="newSet">The set of the present template, if there is one.</param>
    /// <param name="oldSets">The other sets, the oldest first.</param>
    /// <returns>A size for each set that is looked after, changed or not.</returns>
    public static Dictionary<string, int> Proportional(V1Deployment deployment, V1ReplicaSet? newSet, IReadOnlyList<V1ReplicaSet> oldSets)
    {
        var wanted = deployment.Replicas();
        List<V1ReplicaSet> all = newSet is null ? [.. oldSets] : [.. oldSets, newSet];
        var active = all.Where(static set => set.Replicas() > 0).ToList();
        if (active.Count <= 1)
        {
            var only = active.Count == 1 ? active[0] : newSet ?? (all.Count > 0 ? all[^1] : null);
            return only is null ? [] : new(StringComparer.Ordinal) { [only.Metadata.Name] = wanted };
        }

        if (newSet is not null && newSet.Replicas() == wanted && newSet.Available() == wanted
            && newSet.Annotation(ReplicaSetAnnotations.DesiredReplicas) == $"{wanted}")
        {
            return oldSets.Where(static set => set.Replicas() > 0).ToDictionary(static set => set.Metadata.Name, static _ => 0);
        }

        if (RollingUpdate.IsRecreate(deployment))
            return [];
        var allowed = wanted > 0 ? wanted + RollingUpdate.Of(deployment).MaxSurge : 0;
        var toAdd = allowed - active.Sum(static set => set.Replicas());

        // The largest share first; between equals growth goes to the newest and shrinking to the oldest.
        active = toAdd > 0
            ? [.. active.OrderByDescending(static set => set.Replicas()).ThenByDescending(static set => set.Metadata.CreationTimestamp)]
            : [.. active.OrderByDescending(static set => set.Replicas()).ThenBy(static set => set.Metadata.CreationTimestamp)];
        var sizes = new Dictionary<string, int>(StringComparer.Ordinal);
        var added = 0;
        foreach (var set in active)
        {
            var left = toAdd - added;
            var share = left == 0 ? 0 : Share(deployment, set);
            share = toAdd > 0 ? Math.Min(share, left) : Math.Max(share, left);
            sizes[set.Metadata.Name] = set.Replicas() + share;
            added += share;
        }

        // What rounding left over goes to the first.
        var first = active[0].Metadata.Name;
        sizes[first] = Math.Max(0, sizes[first] + toAdd - added);
        return sizes;
    }

    /// <summary>By how much a set would change if it kept its part of the whole.</summary>
    private static int Share(V1Deployment deployment, V1ReplicaSet set)
    {
        if (deployment.Replicas() == 0)
            return -set.Replicas();
        var whole = deployment.Replicas() + RollingUpdate.Of(deployment).MaxSurge;
        var before = int.TryParse(set.Annotation(ReplicaSetAnnotations.MaxReplicas), out var annotated) && annotated > 0
            ? annotated
            : deployment.Status?.Replicas ?? 0;
        if (before == 0)
            return 0;
        return (int)Math.Round((double)set.Replicas() * whole / before, MidpointRounding.AwayFromZero) - set.Replicas();
    }
}
