namespace AeroGrid.Gateway.Policies;

/// <summary>
/// Whether a selector takes in a workload. A gateway knows of a workload what its Service selects by; pods may have further labels.
/// </summary>
internal enum Selection
{
    /// <summary>No: a label has another value.</summary>
    No,

    /// <summary>It depends on labels that the Service does not select by. Whatever restricts is applied, whatever permits is not.</summary>
    Unknown,

    /// <summary>Yes, every pod of the Service.</summary>
    Yes,
}

/// <summary>Matches <c>selector.matchLabels</c> against the labels that a Service selects its pods by.</summary>
internal static class Selector
{
    public static Selection Select(IDictionary<string, string>? matchLabels, IReadOnlyDictionary<string, string> workload)
    {
        var selection = Selection.Yes;
        foreach (var (name, value) in matchLabels ?? new Dictionary<string, string>())
        {
            if (!workload.TryGetValue(name, out var actual))
                selection = Selection.Unknown;
            else if (actual != value)
                return Selection.No;
        }

        return selection;
    }
}
