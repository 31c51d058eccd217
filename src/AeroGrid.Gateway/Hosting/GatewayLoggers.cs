using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AeroGrid.Gateway.Hosting;

/// <summary>
/// The caller's loggers, but for the web host's own category: as long as that is enabled, the host makes an Activity and two log entries
/// for each request, which the access log has in one.
/// </summary>
internal sealed class GatewayLoggers(ILoggerFactory inner) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) =>
        categoryName == "Microsoft.AspNetCore.Hosting.Diagnostics" ? NullLogger.Instance : inner.CreateLogger(categoryName);

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    /// <summary>The factory stays the caller's.</summary>
    public void Dispose()
    {
    }
}
