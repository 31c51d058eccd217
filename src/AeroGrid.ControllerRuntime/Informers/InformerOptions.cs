using AeroGrid.ControllerRuntime.Queues;

namespace AeroGrid.ControllerRuntime.Informers;

/// <summary>What an informer keeps. Two informers of a kind with equal options are one in a <c>ControllerManager</c>.</summary>
public record InformerOptions
{
    /// <summary>Objects of one namespace only; null for all.</summary>
    public string? Namespace { get; init; }

    /// <summary>A label selector; the server sends nothing else.</summary>
    public string? LabelSelector { get; init; }

    /// <summary>A field selector; the server sends nothing else.</summary>
    public string? FieldSelector { get; init; }

    /// <summary>Keep <c>metadata.managedFields</c>, which is often the larger half of an object and which controllers do not read. Default false.</summary>
    public bool KeepManagedFields { get; init; }

    /// <summary>Objects per page of a list. Default 500.</summary>
    public int PageSize { get; init; } = 500;

    /// <summary>
    /// After this time (and up to twice of it, by chance, so that watches do not end together) the server ends a watch and the informer
    /// opens the next. Default 5 minutes.
    /// </summary>
    public TimeSpan WatchTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long after its time a watch that the server did not end is left. Default 30 s.</summary>
    public TimeSpan WatchGrace { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How lists and watches that fail are spaced. Default 100 ms to 10 s, half of it random.</summary>
    public Backoff Backoff { get; init; } = new()
    {
        Initial = TimeSpan.FromMilliseconds(100),
        Maximum = TimeSpan.FromSeconds(10),
        Jitter = 0.5,
    };
}
