using System.Globalization;
using System.Text;

using k8s.Models;

namespace AeroGrid.Node.Controllers.Jobs;

/// <summary>
/// The numbers of an indexed Job's completions (Kubernetes documentation, "Jobs: Completion mode"): each of 0 to completions − 1 has to
/// succeed once, in a pod that learns its number from <c>JOB_COMPLETION_INDEX</c>.
/// </summary>
internal static class CompletionIndexes
{
    private const string Variable = "JOB_COMPLETION_INDEX";

    /// <summary>Whether a Job is indexed.</summary>
    public static bool AreUsed(V1Job job) => job.Spec.CompletionMode == "Indexed";

    /// <summary>The number of a pod, or null.</summary>
    public static int? Of(V1Pod pod) =>
        pod.Metadata.Annotations?.TryGetValue(JobLabels.CompletionIndex, out var text) == true
        && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? index
            : null;

    /// <summary>Reads the form of <c>status.completedIndexes</c>: <c>1,3-5,7</c>.</summary>
    public static SortedSet<int> Parse(string? text)
    {
        var indexes = new SortedSet<int>();
        foreach (var part in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var dash = part.IndexOf('-');
            if (!int.TryParse(dash < 0 ? part : part[..dash], NumberStyles.None, CultureInfo.InvariantCulture, out var first))
                continue;
            if (dash < 0 || !int.TryParse(part[(dash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var last))
                last = first;
            for (var index = first; index <= last; index++)
                indexes.Add(index);
        }

        return indexes;
    }

    /// <summary>Writes the form of <c>status.completedIndexes</c>.</summary>
    public static string Format(SortedSet<int> indexes)
    {
        var text = new StringBuilder();
        int? first = null, last = null;
        foreach (var index in indexes)
        {
            if (last == index - 1)
            {
                last = index;
                continue;
            }

            AppendRange(text, first, last);
            first = last = index;
        }

        AppendRange(text, first, last);
        return text.ToString();
    }

    /// <summary>The lowest numbers that have neither succeeded nor a pod at work.</summary>
    public static IEnumerable<int> Free(int completions, IReadOnlySet<int> completed, IEnumerable<V1Pod> active)
    {
        var taken = active.Select(Of).Where(static index => index is not null).ToHashSet();
        return Enumerable.Range(0, completions).Where(index => !completed.Contains(index) && !taken.Contains(index));
    }

    /// <summary>Gives a pod its number: annotation, label, host name and the variable of every container.</summary>
    public static void Mark(V1Pod pod, V1Job job, int index)
    {
        var text = index.ToString(CultureInfo.InvariantCulture);
        pod.Metadata.Annotations ??= new Dictionary<string, string>(StringComparer.Ordinal);
        pod.Metadata.Annotations[JobLabels.CompletionIndex] = text;
        pod.Metadata.Labels[JobLabels.CompletionIndex] = text;
        pod.Spec = pod.Spec with
        {
            Hostname = $"{job.Metadata.Name}-{text}",
            Containers = [.. pod.Spec.Containers.Select(WithVariable)],
            InitContainers = pod.Spec.InitContainers is null ? null : [.. pod.Spec.InitContainers.Select(WithVariable)],
        };

        V1Container WithVariable(V1Container container) => container.Env?.Any(static variable => variable.Name == Variable) == true
            ? container
            : container with { Env = [.. container.Env ?? [], new V1EnvVar { Name = Variable, Value = text }] };
    }

    private static void AppendRange(StringBuilder text, int? first, int? last)
    {
        if (first is null)
            return;
        if (text.Length > 0)
            text.Append(',');
        text.Append(CultureInfo.InvariantCulture, $"{first}");
        if (last > first)
            text.Append(last == first + 1 ? ',' : '-').Append(CultureInfo.InvariantCulture, $"{last}");
    }
}
