using AeroGrid.Runner.Subscriptions;

namespace AeroGrid.Runner.Serving;

/// <summary>Why a subscription ended, for people and for programs.</summary>
internal static class EndMessages
{
    public static string Of(SubscriptionEnd end, string grid) => end switch
    {
        SubscriptionEnd.Stopping => "The app is updated or stopped; connect again.",
        SubscriptionEnd.GridRemoved => $"The app has no grid \"{grid}\" any more.",
        SubscriptionEnd.ColumnRemoved => $"Grid \"{grid}\" has lost a column that was asked for.",
        SubscriptionEnd.TokenExpired => "The access token has expired; connect again with a new one.",
        SubscriptionEnd.TooSlow => "The client read nothing for 60 seconds.",
        _ => "",
    };

    /// <summary>The code in JSON events.</summary>
    public static string CodeOf(SubscriptionEnd end) => end switch
    {
        SubscriptionEnd.Stopping => "stopping",
        SubscriptionEnd.GridRemoved => "grid_removed",
        SubscriptionEnd.ColumnRemoved => "column_removed",
        SubscriptionEnd.TokenExpired => "token_expired",
        _ => "too_slow",
    };
}
