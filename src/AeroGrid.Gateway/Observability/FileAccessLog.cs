using System.Buffers;
using System.Text.Json;
using System.Threading.Channels;

using AeroGrid.Gateway.Ingress;

using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AeroGrid.Gateway.Observability;

/// <summary>
/// Writes the access log to a file, one JSON object a line, from a flow of its own: requests only put an entry into a queue. When the disk cannot keep
/// up, entries are dropped and counted, requests are not slowed down. Lines are written together a moment after the first of them, so that a busy
/// gateway does not wake this flow for each request. The file is replaced when it reaches its size; one predecessor stays.
/// </summary>
internal sealed partial class FileAccessLog : IAccessLog, IAsyncDisposable
{
    private const int QueueLength = 16 * 1024;
    private const long MaximumBytes = 32 * 1024 * 1024;
    private const int BatchBytes = 64 * 1024;

    /// <summary>Short enough to watch the file, and for <see cref="QueueLength"/> at any rate that one machine has.</summary>
    private static readonly TimeSpan GatherFor = TimeSpan.FromMilliseconds(100);

    private readonly Channel<AccessLogEntry> queue = Channel.CreateBounded<AccessLogEntry>(
        new BoundedChannelOptions(QueueLength) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly string path;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly Task writing;
    private readonly CancellationTokenSource closing = new();
    private long dropped;

    public FileAccessLog(string path, TimeProvider time, ILogger logger)
    {
        (this.path, this.time, this.logger) = (path, time, logger);
        writing = Task.Run(WriteAllAsync);
    }

    public void Write(HttpContext context, Exchange exchange, TimeSpan duration)
    {
        if (!queue.Writer.TryWrite(AccessLogEntry.Of(context, exchange, duration, time.GetUtcNow())))
            Interlocked.Increment(ref dropped);
    }

    /// <summary>Writes what is queued and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await closing.CancelAsync().ConfigureAwait(false);
        await writing.ConfigureAwait(false);
        closing.Dispose();
    }

    private async Task WriteAllAsync()
    {
        var buffer = new ArrayBufferWriter<byte>(BatchBytes * 2);
        using var json = new Utf8JsonWriter(buffer);
        FileStream? file = null;
        try
        {
            while (await queue.Reader.WaitToReadAsync().ConfigureAwait(false))
            {
                await Task.Delay(GatherFor, time, closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                do
                {
                    while (buffer.WrittenCount < BatchBytes && queue.Reader.TryRead(out var entry))
                        Format(json, buffer, entry);
                    file = await AppendAsync(file, buffer.WrittenMemory).ConfigureAwait(false);
                    buffer.ResetWrittenCount();
                }
                while (queue.Reader.TryPeek(out _));
                if (Interlocked.Exchange(ref dropped, 0) is var lost and > 0)
                    Log.Dropped(logger, lost);
            }
        }
        finally
        {
            if (file is not null)
                await file.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <returns>The file for the next batch; null when this one failed, so that the next opens it anew.</returns>
    private async Task<FileStream?> AppendAsync(FileStream? file, ReadOnlyMemory<byte> batch)
    {
        try
        {
            if (file is { Position: >= MaximumBytes })
            {
                await file.DisposeAsync().ConfigureAwait(false);
                File.Move(path, $"{path}.1", overwrite: true);
                file = null;
            }

            file ??= new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.Append,
                Access = FileAccess.Write,
                Share = FileShare.ReadWrite | FileShare.Delete,
                BufferSize = 0,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
            await file.WriteAsync(batch).ConfigureAwait(false);
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.Failed(logger, e, path);
            if (file is not null)
                await file.DisposeAsync().ConfigureAwait(false);
            return null;
        }
    }

    private static void Format(Utf8JsonWriter json, ArrayBufferWriter<byte> buffer, in AccessLogEntry entry)
    {
        json.Reset(buffer);
        json.WriteStartObject();
        json.WriteString("time"u8, entry.Time);
        json.WriteString("tenant"u8, entry.Tenant);
        json.WriteString("app"u8, entry.App);
        json.WriteString("method"u8, entry.Method);
        json.WriteString("path"u8, entry.Path);
        json.WriteString("protocol"u8, entry.Protocol);
        json.WriteNumber("status"u8, entry.Status);
        json.WriteNumber("seconds"u8, Math.Round(entry.Duration.TotalSeconds, 6));
        if (entry.Bytes is { } bytes)
            json.WriteNumber("bytes"u8, bytes);
        else
            json.WriteNull("bytes"u8);
        json.WriteString("user"u8, entry.User);
        json.WriteString("trace"u8, entry.Trace);
        if (entry.Problem is not null)
            json.WriteString("problem"u8, entry.Problem);
        json.WriteEndObject();
        json.Flush();
        buffer.Write("\n"u8);
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "{Count} entries of the access log were dropped, since the disk is too slow")]
        public static partial void Dropped(ILogger logger, long count);

        [LoggerMessage(LogLevel.Warning, "The access log {Path} cannot be written")]
        public static partial void Failed(ILogger logger, Exception exception, string path);
    }
}
