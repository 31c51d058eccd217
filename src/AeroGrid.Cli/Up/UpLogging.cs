using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Events;

namespace AeroGrid.Cli.Up;

/// <summary>
/// Logs of the platform's own parts: everything from Information on into <c>DATA/logs/aerogrid.log</c> (16 MiB a file, four kept). The terminal
/// shows only what <see cref="StartupReport"/> says, and errors.
/// </summary>
internal static class UpLogging
{
    private const string Template = "{Timestamp:yyyy-MM-ddTHH:mm:ss.fffzzz} {Level:u3} {SourceContext} {Message:lj}{NewLine}{Exception}";

    /// <summary>Creates the factory; disposing it flushes the file.</summary>
    public static ILoggerFactory Create(DataFolder data, TextWriter errors)
    {
        var logger = new LoggerConfiguration()
            .MinimumLevel.Information()
            .MinimumLevel.Override("Microsoft.AspNetCore", LogEventLevel.Warning)
            .MinimumLevel.Override("OpenIddict", LogEventLevel.Warning)
            .MinimumLevel.Override("System.Net.Http", LogEventLevel.Warning)
            .WriteTo.File(
                Path.Combine(data.Logs, "aerogrid.log"),
                outputTemplate: Template,
                fileSizeLimitBytes: 16 * 1024 * 1024,
                rollOnFileSizeLimit: true,
                retainedFileCountLimit: 4,
                buffered: false)
            .WriteTo.Sink(new ErrorLines(errors))
            .CreateLogger();
        return new Serilog.Extensions.Logging.SerilogLoggerFactory(logger, dispose: true);
    }

    /// <summary>Errors on the terminal, one line each; the file has the rest.</summary>
    private sealed class ErrorLines(TextWriter errors) : Serilog.Core.ILogEventSink
    {
        public void Emit(LogEvent logEvent)
        {
            if (logEvent.Level < LogEventLevel.Error)
            {
                return;
            }

            var cause = logEvent.Exception is null ? "" : $" ({logEvent.Exception.Message.ReplaceLineEndings(" ")})";
            lock (errors)
            {
                errors.WriteLine($"error: {logEvent.RenderMessage().ReplaceLineEndings(" ")}{cause}");
            }
        }
    }
}
