using System.Collections.Concurrent;

namespace AeroGrid.Operator.Apps;

/// <summary>
/// Numbers the versions of apps: 1 is the first, and a version that is saved again gets a new number, since it is the newest again. The
/// cache of revisions may lag behind what was written here a moment ago, so the last written number is remembered. Thread-safe.
/// </summary>
internal sealed class RevisionNumbers
{
    private readonly ConcurrentDictionary<string, (string Version, long Number)> written = new(StringComparer.Ordinal);

    /// <summary>The number of the version of a run, and whether it has yet to be written.</summary>
    public (long Number, bool IsNew) For(AppRun run)
    {
        var newest = run.Revisions.MaxBy(revision => revision.Revision);
        var (version, number) = newest is null ? ("", 0) : (VersionOf(newest), newest.Revision);
        if (written.TryGetValue(run.App.Metadata.Uid, out var last) && last.Number > number)
            (version, number) = last;
        return version == run.Version ? (number, false) : (number + 1, true);
    }

    /// <summary>Remembers that a number was written.</summary>
    public void Written(AppRun run, long number) => written[run.App.Metadata.Uid] = (run.Version, number);

    /// <summary>Forgets an app that is gone.</summary>
    public void Forget(string uid) => written.TryRemove(uid, out _);

    /// <summary>The version that a revision is of.</summary>
    public static string VersionOf(RevisionSummary revision) =>
        revision.Metadata.Labels is { } labels && labels.TryGetValue(Api.Labels.Version, out var version) ? version : "";
}
