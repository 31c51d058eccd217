using k8s.Models;

namespace AeroGrid.Node.Controllers.EndpointSlices;

/// <summary>Whether a slice already says what it should: then nothing is written.</summary>
internal static class SliceComparison
{
    /// <summary>Compares what the controller decides, and nothing that server or others add.</summary>
    public static bool Same(V1EndpointSlice present, V1EndpointSlice wanted) =>
        present.AddressType == wanted.AddressType
        && (present.Ports ?? []).SequenceEqual(wanted.Ports)
        && SameLabels(present.Metadata.Labels, wanted.Metadata.Labels)
        && (present.Metadata.OwnerReferences ?? []).Any(owner => owner.Uid == wanted.Metadata.OwnerReferences[0].Uid)
        && (present.Endpoints ?? []).SequenceEqual(wanted.Endpoints, Endpoints);

    private static readonly EndpointComparer Endpoints = new();

    private static bool SameLabels(IDictionary<string, string>? left, IDictionary<string, string> right) =>
        left is not null && left.Count == right.Count && right.All(pair => left.TryGetValue(pair.Key, out var value) && value == pair.Value);

    private sealed class EndpointComparer : IEqualityComparer<V1Endpoint>
    {
        public bool Equals(V1Endpoint? x, V1Endpoint? y) =>
            x is not null
            && y is not null
            && x.Addresses.SequenceEqual(y.Addresses)
            && x.Conditions == y.Conditions
            && x.NodeName == y.NodeName
            && x.Hostname == y.Hostname
            && x.TargetRef?.Uid == y.TargetRef?.Uid;

        public int GetHashCode(V1Endpoint obj) => obj.TargetRef?.Uid?.GetHashCode(StringComparison.Ordinal) ?? 0;
    }
}
