using AeroGrid.Gateway.Ingress;

using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AeroGrid.Gateway.Observability;

/// <summary>Writes the access log to the logger <c>AeroGrid.Gateway.Access</c>.</summary>
internal sealed partial class LoggerAccessLog(ILoggerFactory loggers, TimeProvider time) : IAccessLog
{
    private readonly ILogger logger = loggers.CreateLogger("AeroGrid.Gateway.Access");

    public void Write(HttpContext context, Exchange exchange, TimeSpan duration)
    {
        if (!logger.IsEnabled(LogLevel.Information))
            return;
        var e = AccessLogEntry.Of(context, exchange, duration, time.GetUtcNow());
        Log.Request(
            logger, e.Method, e.Path, e.Status, e.Tenant, e.App, e.Duration.TotalMilliseconds, e.Bytes, e.User, e.Trace, e.Problem);
    }

    private static partial class Log
    {
        [LoggerMessage(
            LogLevel.Information,
            "{Method} {Path} {Status} tenant={Tenant} app={App} ms={Milliseconds:0.0} bytes={Bytes} user={User} trace={Trace} problem={Problem}")]
        public static partial void Request(
            ILogger logger, string method, string path, int status, string? tenant, string? app, double milliseconds, long? bytes, string? user, string trace, string? problem);
    }
}
