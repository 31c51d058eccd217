namespace AeroGrid.ControllerRuntime;

/// <summary>
/// Values for members of the type <c>metav1.MicroTime</c> (leases, events). Kubernetes insists on six decimals there, and KubernetesClient
/// leaves the decimals out when they are all zero: such a value is moved by one microsecond.
/// </summary>
public static class MicroTime
{
    /// <summary>The present time.</summary>
    public static DateTime Now(TimeProvider timeProvider)
    {
        ArgumentNullException.ThrowIfNull(timeProvider);
        return From(timeProvider.GetUtcNow());
    }

    /// <summary>A point in time, to the microsecond.</summary>
    public static DateTime From(DateTimeOffset time)
    {
        var ticks = time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerMicrosecond);
        if (ticks % TimeSpan.TicksPerSecond == 0)
            ticks += TimeSpan.TicksPerMicrosecond;
        return new DateTime(ticks, DateTimeKind.Utc);
    }
}
