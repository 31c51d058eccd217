using AeroGrid.Runner.Grids;

namespace AeroGrid.Runner.Subscriptions;

/// <summary>What a subscriber asked for, checked.</summary>
/// <param name="Grid">The grid.</param>
/// <param name="Columns">Names of the columns to send in this order; empty for all.</param>
/// <param name="Filter">The rows to send.</param>
/// <param name="Rate">Updates a second at most, above 0 to 1000.</param>
/// <param name="ResumeFrom">Where the subscriber was; null for a snapshot.</param>
/// <param name="Expires">When its token ends; null when it has none.</param>
internal sealed record SubscriptionRequest(
    Grid Grid,
    IReadOnlyList<string> Columns,
    RowFilter Filter,
    double Rate,
    GridPosition? ResumeFrom,
    DateTimeOffset? Expires)
{
    public const double DefaultRate = 20;

    public const double HighestRate = 1000;

    /// <summary>Says what is wrong with a rate, or null.</summary>
    public static string? ProblemOfRate(double rate) =>
        rate is > 0 and <= HighestRate ? null : $"The number of updates a second must be above 0 and at most {HighestRate}.";
}

/// <summary>Why a subscription ended.</summary>
internal enum SubscriptionEnd
{
    /// <summary>The client went away; nobody is there to tell.</summary>
    ClientGone,

    /// <summary>The app stops, for an update or for good.</summary>
    Stopping,

    /// <summary>The app has no such grid any more.</summary>
    GridRemoved,

    /// <summary>The grid has lost a column that was asked for.</summary>
    ColumnRemoved,

    /// <summary>The access token has expired.</summary>
    TokenExpired,

    /// <summary>The client took nothing for a minute.</summary>
    TooSlow,
}
