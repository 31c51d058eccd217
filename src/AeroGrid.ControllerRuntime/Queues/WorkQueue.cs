using System.Diagnostics;
using System.Threading.Channels;

namespace AeroGrid.ControllerRuntime.Queues;

/// <summary>
/// The keys that wait for work, each at most once. Thread-safe.
/// <list type="bullet">
/// <item>A key added many times before it is taken is taken once.</item>
/// <item>A key is in the hands of one worker at a time: added while one has it, it comes back when that worker is done.</item>
/// <item><see cref="AddAfter"/> keeps one pending time for a key, the earliest; <see cref="Add"/> never waits for it. Taking a key drops its
/// pending time, since the work that follows decides anew.</item>
/// <item><see cref="AddFailed"/> waits longer with every failure up to a maximum, for ever; <see cref="Forget"/> starts anew.</item>
/// </list>
/// </summary>
/// <typeparam name="TKey">What identifies work.</typeparam>
public sealed class WorkQueue<TKey> : IDisposable
    where TKey : notnull
{
    private readonly Lock gate = new();
    private readonly TimeProvider time;
    private readonly Backoff backoff;
    private readonly Channel<TKey> ready = Channel.CreateUnbounded<TKey>(new() { AllowSynchronousContinuations = false });
    private readonly Dictionary<TKey, long> dirty = [];
    private readonly HashSet<TKey> processing = [];
    private readonly Dictionary<TKey, int> failures = [];
    private readonly Dictionary<TKey, long> due = [];
    private readonly PriorityQueue<TKey, long> timetable = new();
    private readonly ITimer alarm;
    private bool closed;

    /// <summary>An empty queue.</summary>
    /// <param name="backoff">How failing keys are spaced; null for the defaults.</param>
    /// <param name="timeProvider">Where time comes from; null for the system's.</param>
    public WorkQueue(Backoff? backoff = null, TimeProvider? timeProvider = null)
    {
        this.backoff = backoff ?? new();
        time = timeProvider ?? TimeProvider.System;
        alarm = time.CreateTimer(_ => AddDue(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How many keys are ready and not yet taken.</summary>
    public int Depth
    {
        get
        {
            lock (gate)
                return dirty.Count;
        }
    }

    /// <summary>How many keys are with workers now.</summary>
    public int Processing
    {
        get
        {
            lock (gate)
                return processing.Count;
        }
    }

    /// <summary>How many keys wait for a later time.</summary>
    public int Delayed
    {
        get
        {
            lock (gate)
                return due.Count;
        }
    }

    /// <summary>How many times are kept, those that were moved or dropped included.</summary>
    internal int TimetableSize
    {
        get
        {
            lock (gate)
                return timetable.Count;
        }
    }

    /// <summary>Makes a key ready now. No effect when it is ready already, or after <see cref="Close"/>.</summary>
    public void Add(TKey key)
    {
        lock (gate)
            AddLocked(key);
    }

    /// <summary>Makes a key ready after a time, unless something else makes it ready before.</summary>
    public void AddAfter(TKey key, TimeSpan delay)
    {
        lock (gate)
        {
            if (closed)
                return;
            if (delay <= TimeSpan.Zero)
            {
                AddLocked(key);
                return;
            }

            var at = time.GetTimestamp() + (long)(delay.TotalSeconds * time.TimestampFrequency);
            if (due.TryGetValue(key, out var earlier) && earlier <= at)
                return;
            due[key] = at;
            timetable.Enqueue(key, at);
            DropStaleTimes();
            SetAlarm();
        }
    }

    /// <summary>The work on a key failed: makes it ready again after its back-off.</summary>
    /// <returns>How long that is.</returns>
    public TimeSpan AddFailed(TKey key)
    {
        TimeSpan delay;
        lock (gate)
        {
            var count = failures.GetValueOrDefault(key) + 1;
            failures[key] = count;
            delay = backoff.After(count);
        }

        AddAfter(key, delay);
        return delay;
    }

    /// <summary>How often the work on a key has failed since <see cref="Forget"/>.</summary>
    public int Failures(TKey key)
    {
        lock (gate)
            return failures.GetValueOrDefault(key);
    }

    /// <summary>The work on a key succeeded, or there is no sense in repeating it: its next failure is its first.</summary>
    public void Forget(TKey key)
    {
        lock (gate)
            failures.Remove(key);
    }

    /// <summary>Waits for a ready key and takes it; give it back with <see cref="Done"/>.</summary>
    /// <returns>The key, and how long it was ready; null when the queue is closed and empty.</returns>
    public async ValueTask<(TKey Key, TimeSpan Waited)?> TakeAsync(CancellationToken cancellationToken = default)
    {
        while (await ready.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!ready.Reader.TryRead(out var key))
                continue;
            lock (gate)
            {
                dirty.Remove(key, out var since);
                processing.Add(key);
                due.Remove(key);
                return (key, time.GetElapsedTime(since));
            }
        }

        return null;
    }

    /// <summary>Gives a taken key back. When it was added meanwhile it is ready at once.</summary>
    public void Done(TKey key)
    {
        lock (gate)
        {
            processing.Remove(key);
            if (!dirty.ContainsKey(key))
                return;
            if (closed)
                dirty.Remove(key);
            else
                ready.Writer.TryWrite(key);
        }
    }

    /// <summary>Takes no more keys and drops those that wait: <see cref="TakeAsync"/> returns null from now on.</summary>
    public void Close()
    {
        lock (gate)
        {
            if (closed)
                return;
            closed = true;
            ready.Writer.Complete();
            while (ready.Reader.TryRead(out var key))
                dirty.Remove(key);
            due.Clear();
            timetable.Clear();
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Close();
        alarm.Dispose();
    }

    private void AddLocked(TKey key)
    {
        if (closed || !dirty.TryAdd(key, time.GetTimestamp()))
            return;
        if (!processing.Contains(key))
            ready.Writer.TryWrite(key);
    }

    private void AddDue()
    {
        lock (gate)
        {
            if (closed)
                return;
            var now = time.GetTimestamp();
            while (timetable.TryPeek(out var key, out var at) && at <= now)
            {
                timetable.Dequeue();

                // An entry whose time was moved or dropped since is stale.
                if (due.TryGetValue(key, out var current) && current == at)
                {
                    due.Remove(key);
                    AddLocked(key);
                }
            }

            SetAlarm();
        }
    }

    /// <summary>
    /// A priority queue cannot take an entry out of its middle. Keys that are reconciled often, each time with a time far away, would fill
    /// it: when most entries are stale it is made anew.
    /// </summary>
    private void DropStaleTimes()
    {
        if (timetable.Count < 64 || timetable.Count < 2 * due.Count)
            return;
        timetable.Clear();
        foreach (var (key, at) in due)
            timetable.Enqueue(key, at);
    }

    private void SetAlarm()
    {
        Debug.Assert(gate.IsHeldByCurrentThread, "The timetable is guarded.");
        while (timetable.TryPeek(out var key, out var at))
        {
            if (!due.TryGetValue(key, out var current) || current != at)
            {
                timetable.Dequeue();
                continue;
            }

            var wait = time.GetElapsedTime(time.GetTimestamp(), at);

            // Timers count whole milliseconds: rounding up keeps one from firing before its time and spinning. Longer than a timer can
            // wait is cut; the alarm then finds nothing due and is set again.
            var milliseconds = Math.Clamp(Math.Ceiling(wait.TotalMilliseconds), 1, int.MaxValue);
            alarm.Change(TimeSpan.FromMilliseconds(milliseconds), Timeout.InfiniteTimeSpan);
            return;
        }
    }
}
