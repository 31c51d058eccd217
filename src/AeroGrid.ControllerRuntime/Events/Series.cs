namespace AeroGrid.ControllerRuntime.Events;

/// <summary>How often one event has happened, and how much of that has been written.</summary>
internal sealed class Series
{
    private readonly Lock gate = new();
    private State state;
    private int written;

    /// <summary>Counts one more.</summary>
    /// <returns>When to write it: the first at once, repetitions after <paramref name="spacing"/>, so that a storm is a few writes.</returns>
    public TimeSpan Count(DateTimeOffset now, TimeSpan window, TimeSpan spacing)
    {
        lock (gate)
        {
            if (state.Count == 0 || now - state.Last > window)
            {
                state = new State(null, 1, now, now);
                written = 0;
                return TimeSpan.Zero;
            }

            state = state with { Count = state.Count + 1, Last = now };
            return spacing;
        }
    }

    /// <summary>Whether nothing was added for so long that the series is over, and all of it is written.</summary>
    public bool IsOver(DateTimeOffset now, TimeSpan window)
    {
        lock (gate)
            return written == state.Count && now - state.Last > window;
    }

    /// <summary>Whether all of it is written.</summary>
    public bool IsWritten
    {
        get
        {
            lock (gate)
                return written == state.Count;
        }
    }

    public State Read()
    {
        lock (gate)
            return state;
    }

    public void Written(string name, int count)
    {
        lock (gate)
        {
            state = state with { Name = name };
            written = count;
        }
    }

    /// <param name="Name">The Event object's name, once it is written.</param>
    /// <param name="Count">How often it has happened.</param>
    /// <param name="First">When it first happened.</param>
    /// <param name="Last">When it last happened.</param>
    internal readonly record struct State(string? Name, int Count, DateTimeOffset First, DateTimeOffset Last);
}
