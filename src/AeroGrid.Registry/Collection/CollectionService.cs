using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AeroGrid.Registry.Collection;

/// <summary>Collects garbage from time to time.</summary>
internal sealed partial class CollectionService(GarbageCollector collector, RegistryOptions options, ILogger<CollectionService> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.CollectionInterval, options.TimeProvider);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await collector.CollectAsync(stoppingToken);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The next time may go better, and images are served meanwhile.
                Log.Failed(logger, e);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Collecting unused blobs failed")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
