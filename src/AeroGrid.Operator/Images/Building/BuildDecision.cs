using k8s.Models;

namespace AeroGrid.Operator.Images.Building;

/// <summary>What is to be done about dependencies that the registry does not have.</summary>
internal abstract record BuildDecision
{
    private BuildDecision()
    {
    }

    /// <summary>Start a Job.</summary>
    /// <param name="Attempt">1 for the first.</param>
    public sealed record Start(int Attempt) : BuildDecision;

    /// <summary>A Job is at work.</summary>
    public sealed record Wait(V1Job Job) : BuildDecision;

    /// <summary>A Job failed for something that passes; the next is started after a pause.</summary>
    public sealed record Pause(V1Job Job, BuildFailure Failure, TimeSpan Rest) : BuildDecision;

    /// <summary>A Job failed, and the next would too.</summary>
    public sealed record GiveUp(V1Job Job, BuildFailure Failure) : BuildDecision;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    /// <summary>Decides by the Jobs that there are for the same dependencies. Which app they were started for makes no difference.</summary>
    public static BuildDecision Of(IReadOnlyCollection<V1Job> jobs, Func<V1Job, IEnumerable<V1Pod>> podsOf, DateTimeOffset now)
    {
        var last = jobs.Where(job => job.Metadata.DeletionTimestamp is null).MaxBy(AttemptOf);
        if (last is null)
            return new Start(jobs.Select(AttemptOf).DefaultIfEmpty(0).Max() + 1);
        if (Finished(last) is not { } finished)
            return new Wait(last);

        var failure = Is(last, "Complete")
            ? new BuildFailure("Unavailable", null, "the build has ended, and the registry does not have its image", IsPermanent: false)
            : BuildFailure.Of(last, podsOf(last));
        if (failure.IsPermanent)
            return new GiveUp(last, failure);
        var rest = finished + PauseAfter(AttemptOf(last)) - now;
        return rest <= TimeSpan.Zero ? new Start(AttemptOf(last) + 1) : new Pause(last, failure, rest);
    }

    /// <summary>Which attempt a Job is.</summary>
    public static int AttemptOf(V1Job job) =>
        job.Metadata.Labels is { } labels && labels.TryGetValue(BuildJob.AttemptLabel, out var text) && int.TryParse(text, out var attempt) ? attempt : 0;

    /// <summary>When a Job ended; null while it works.</summary>
    public static DateTimeOffset? Finished(V1Job job)
    {
        var end = job.Status?.Conditions?.FirstOrDefault(condition => condition is { Type: "Complete" or "Failed", Status: "True" });
        if (end is null)
            return null;
        var time = job.Status!.CompletionTime ?? end.LastTransitionTime ?? job.Metadata.CreationTimestamp ?? default;
        return new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc));
    }

    private static bool Is(V1Job job, string type) =>
        job.Status?.Conditions?.Any(condition => condition.Type == type && condition.Status == "True") == true;

    private static TimeSpan PauseAfter(int attempt)
    {
        var pause = FirstPause * Math.Pow(2, Math.Clamp(attempt - 1, 0, 10));
        return pause < LongestPause ? pause : LongestPause;
    }
}
