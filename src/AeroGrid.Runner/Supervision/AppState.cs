using AeroGrid.Runner.Grids;
using AeroGrid.Runner.Sessions;
using AeroGrid.Runner.Subscriptions;

namespace AeroGrid.Runner.Supervision;

/// <summary>
/// What is known of the app's health, from all sides, and what follows for its grids: the gravest of what holds. Thread-safe.
/// </summary>
internal sealed class AppState
{
    private readonly Lock gate = new();
    private readonly SubscriptionHub hub;
    private readonly SortedDictionary<string, string> sourceProblems = new(StringComparer.Ordinal);
    private AppFailure? failure;
    private (string Message, CodePlace? Place)? blocked;
    private string? stopping;
    private bool isCatchingUp = true;

    public AppState(SubscriptionHub hub) => this.hub = hub;

    /// <summary>The state of the grids before anything is known.</summary>
    public static GridState Initial(TimeProvider time) => new(StaleReason.CatchingUp, "The app starts.", null, time.GetUtcNow());

    /// <summary>Why the code failed last; null when it runs and has caught up since.</summary>
    public AppFailure? Failure
    {
        get
        {
            lock (gate)
                return failure;
        }
    }

    /// <summary>A topic cannot be read since.</summary>
    public long? SourceLostAt { get; private set; }

    public void SourceIs(string topic, string? problem) => Change(() =>
    {
        if (problem is null)
            sourceProblems.Remove(topic);
        else
            sourceProblems[topic] = problem;
        SourceLostAt = sourceProblems.Count == 0 ? null : SourceLostAt ?? hub.Time.GetTimestamp();
    });

    public void Failed(AppFailure why) => Change(() => (failure, blocked, isCatchingUp) = (why, null, true));

    /// <summary>The code is stuck in a call; null when it is not any more.</summary>
    public void BlockedIn((string Message, CodePlace? Place)? where) => Change(() => blocked = where);

    public void CaughtUp() => Change(() => (failure, isCatchingUp) = (null, false));

    /// <summary>A new life of the app: what was known of its topics is not any more.</summary>
    public void Started() => Change(() =>
    {
        sourceProblems.Clear();
        (SourceLostAt, blocked, isCatchingUp) = (null, null, true);
    });

    public void Stopping(string message) => Change(() => stopping = message);

    private void Change(Action change)
    {
        lock (gate)
        {
            change();
            var (reason, message, place) = Judge();
            var now = hub.State;
            if (now.Reason == reason && now.Message == message && now.Place == place)
                return;
            hub.State = new GridState(reason, message, place, now.Reason == reason ? now.Since : hub.Time.GetUtcNow());
        }
    }

    private (StaleReason Reason, string Message, CodePlace? Place) Judge() =>
        stopping is not null ? (StaleReason.Stopping, stopping, null)
        : failure is not null ? (StaleReason.CodeFailed, failure.Message, failure.Place)
        : blocked is { } call ? (StaleReason.CodeBlocked, call.Message, call.Place)
        : sourceProblems.Count > 0 ? (StaleReason.SourceUnavailable, sourceProblems.Values.First(), null)
        : isCatchingUp ? (StaleReason.CatchingUp, "The app reads what is in its topics.", null)
        : (StaleReason.None, "", null);
}
