using System.Globalization;

using AeroGrid.Runner.Grids;
using AeroGrid.Runner.Sessions;

namespace AeroGrid.Runner.Supervision;

/// <summary>Judges from what the app says of its event loop whether its code is stuck in a call. Used by one task.</summary>
internal sealed class BlockWatch(TimeProvider time)
{
    private const double BlockedFromLag = 5;

    private static readonly TimeSpan SilentAfter = TimeSpan.FromSeconds(10);

    private readonly long started = time.GetTimestamp();
    private long? blockedSince;

    /// <summary>How long the code has been blocked; zero when it is not.</summary>
    public TimeSpan BlockedFor => blockedSince is { } since ? time.GetElapsedTime(since) : TimeSpan.Zero;

    /// <summary>Looks at the last report, once a second.</summary>
    /// <returns>What to tell people; null when the code is not blocked.</returns>
    public (string Message, CodePlace? Place)? Judge(AliveReport? alive)
    {
        var silent = time.GetElapsedTime(alive?.HeardAt ?? started);
        var lag = (alive?.Lag ?? 0) + (silent > TimeSpan.FromSeconds(2) ? silent.TotalSeconds : 0);
        var isSilent = silent > SilentAfter;
        if (!isSilent && alive is not { Lag: > BlockedFromLag })
        {
            blockedSince = null;
            return null;
        }

        blockedSince ??= time.GetTimestamp() - (long)(lag * time.TimestampFrequency);
        var place = alive?.Place;
        var where = place is null ? "" : string.Create(CultureInfo.InvariantCulture, $" in {place.File}, line {place.Line}");
        return isSilent
            ? ($"The app's process does not answer{where}. A call into compiled code may hold it up.", place)
            : ($"The app's code does not come back from a call{where}, so that nothing else goes on. Use await for what waits, and asyncio.to_thread for what computes for long.", place);
    }
}
