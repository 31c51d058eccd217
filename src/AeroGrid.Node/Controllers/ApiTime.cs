namespace AeroGrid.Node.Controllers;

/// <summary>Values of the type <c>metav1.Time</c>: whole seconds. More would come back from the server as another value.</summary>
internal static class ApiTime
{
    /// <summary>The present time.</summary>
    public static DateTime Now(TimeProvider time) => From(time.GetUtcNow());

    /// <summary>A point in time, cut to the second.</summary>
    public static DateTime From(DateTimeOffset time) =>
        new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerSecond), DateTimeKind.Utc);
}
