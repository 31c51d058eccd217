using System.Buffers;
using System.Globalization;
using System.Text;

namespace AeroGrid.Node.Logs;

/// <summary>Reads the log of one run of a container, and follows it while it grows. Memory stays small whatever the log's size.</summary>
internal sealed class LogReader(LogFolder folder, int run, LogWriter? writer)
{
    private const int BlockBytes = 64 * 1024;

    /// <summary>Copies the lines that are wanted.</summary>
    /// <param name="query">Which ones.</param>
    /// <param name="target">Where to.</param>
    /// <param name="cancellationToken">Ends it: the reader has left.</param>
    public async Task CopyAsync(LogQuery query, Stream target, CancellationToken cancellationToken)
    {
        var output = new Output(query, target);
        var generation = -1L;
        List<FileStream> files = [.. writer?.OpenNew(ref generation) ?? folder.Files(run).Select(TryOpen).OfType<FileStream>()];
        try
        {
            var skip = query.TailLines is { } tail ? await StartOfTailAsync(files, tail, cancellationToken).ConfigureAwait(false) : (File: 0, Offset: 0L);
            for (var i = skip.File; i < files.Count && !output.IsFull; i++)
            {
                if (i == skip.File)
                    files[i].Position = skip.Offset;
                if (i < files.Count - 1)
                    await output.CopyAsync(files[i], cancellationToken).ConfigureAwait(false);
            }

            if (files.Count == 0)
                return;
            var current = files[^1];
            while (true)
            {
                // Asked for before reading: what is added while we read completes it.
                var grown = writer?.Grown() ?? Task.CompletedTask;
                var closed = writer?.IsClosed ?? true;
                await output.CopyAsync(current, cancellationToken).ConfigureAwait(false);
                await target.FlushAsync(cancellationToken).ConfigureAwait(false);
                if (output.IsFull || !query.Follow || closed)
                    return;
                await grown.WaitAsync(cancellationToken).ConfigureAwait(false);
                var fresh = writer!.OpenNew(ref generation);
                if (fresh.Count == 0)
                    continue;

                // The file that we read was rotated away: it gets no more lines, so its rest comes first, then what followed it.
                files.AddRange(fresh);
                await output.CopyAsync(current, cancellationToken).ConfigureAwait(false);
                foreach (var whole in fresh.SkipLast(1))
                    await output.CopyAsync(whole, cancellationToken).ConfigureAwait(false);
                current = fresh[^1];
            }
        }
        finally
        {
            foreach (var file in files)
                await file.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>A file for reading that may be written, moved and removed meanwhile; null when it is gone.</summary>
    internal static FileStream? TryOpen(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Where the last lines begin: blocks are read from the end until enough line ends were seen.</summary>
    private static async Task<(int File, long Offset)> StartOfTailAsync(List<FileStream> files, long lines, CancellationToken cancellationToken)
    {
        if (lines <= 0)
            return files.Count == 0 ? (0, 0) : (files.Count - 1, files[^1].Length);
        var block = ArrayPool<byte>.Shared.Rent(BlockBytes);
        try
        {
            var seen = 0L;
            for (var i = files.Count - 1; i >= 0; i--)
            {
                for (var end = files[i].Length; end > 0;)
                {
                    var start = Math.Max(0, end - BlockBytes);
                    files[i].Position = start;
                    var count = (int)(end - start);
                    await files[i].ReadExactlyAsync(block.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
                    for (var at = count - 1; at >= 0; at--)
                    {
                        // The line end before the wanted ones: the last byte of the log is one too, hence one more than asked for.
                        if (block[at] == '\n' && ++seen > lines)
                            return (i, start + at + 1);
                    }

                    end = start;
                }
            }

            if (files.Count > 0)
                files[0].Position = 0;
            return (0, 0);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    /// <summary>Turns lines of the log format into what the client sees.</summary>
    private sealed class Output(LogQuery query, Stream target)
    {
        private readonly ArrayBufferWriter<byte> _rest = new();
        private readonly string? _since = query.Since?.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffffff", CultureInfo.InvariantCulture);
        private readonly byte[]? _stream = query.Stream is null or "All" ? null : Encoding.ASCII.GetBytes(query.Stream.ToLowerInvariant());
        private long _left = query.LimitBytes ?? long.MaxValue;
        private bool _atLineStart = true;

        public bool IsFull => _left <= 0;

        /// <summary>Copies from a file's position to its present end. Half a line at the end waits for its other half.</summary>
        public async Task CopyAsync(FileStream file, CancellationToken cancellationToken)
        {
            var block = ArrayPool<byte>.Shared.Rent(BlockBytes);
            var output = new ArrayBufferWriter<byte>(BlockBytes);
            try
            {
                while (!IsFull && await file.ReadAsync(block.AsMemory(0, BlockBytes), cancellationToken).ConfigureAwait(false) is > 0 and var count)
                {
                    Add(block.AsSpan(0, count), output);
                    if (output.WrittenCount > 0)
                        await target.WriteAsync(output.WrittenMemory, cancellationToken).ConfigureAwait(false);
                    output.ResetWrittenCount();
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(block);
            }
        }

        private void Add(ReadOnlySpan<byte> block, ArrayBufferWriter<byte> output)
        {
            for (var end = block.IndexOf((byte)'\n'); end >= 0 && !IsFull; end = block.IndexOf((byte)'\n'))
            {
                if (_rest.WrittenCount > 0)
                {
                    _rest.Write(block[..end]);
                    AddLine(_rest.WrittenSpan, output);
                    _rest.ResetWrittenCount();
                }
                else
                {
                    AddLine(block[..end], output);
                }

                block = block[(end + 1)..];
            }

            _rest.Write(block);
        }

        /// <summary><c>2026-01-31T12:00:00.123456700Z stdout F text</c>.</summary>
        private void AddLine(ReadOnlySpan<byte> line, ArrayBufferWriter<byte> output)
        {
            var afterTime = line.IndexOf((byte)' ');
            var afterStream = afterTime < 0 ? -1 : afterTime + 1 + line[(afterTime + 1)..].IndexOf((byte)' ');
            if (afterStream <= afterTime || line.Length < afterStream + 3)
                return;
            if (_stream is not null && !line[(afterTime + 1)..afterStream].SequenceEqual(_stream))
                return;

            // Times of one form compare as text: "…:00.1234567" is the beginning of "…:00.123456700Z".
            if (_since is not null && string.CompareOrdinal(Encoding.ASCII.GetString(line[..afterTime]), _since) < 0 && _atLineStart)
                return;
            if (query.Timestamps && _atLineStart)
            {
                Emit(line[..afterTime], output);
                Emit(" "u8, output);
            }

            Emit(line[(afterStream + 3)..], output);
            _atLineStart = line[afterStream + 1] == 'F';
            if (_atLineStart)
                Emit("\n"u8, output);
        }

        private void Emit(ReadOnlySpan<byte> bytes, ArrayBufferWriter<byte> output)
        {
            if (bytes.Length > _left)
                bytes = bytes[..(int)Math.Max(0, _left)];
            output.Write(bytes);
            _left -= bytes.Length;
        }
    }

    /// <summary>The last bytes of a log as text: what <c>FallbackToLogsOnError</c> shows.</summary>
    public async Task<string> TailAsync(long lines, int maxBytes, CancellationToken cancellationToken)
    {
        using var memory = new MemoryStream();
        await CopyAsync(new() { TailLines = lines }, memory, cancellationToken).ConfigureAwait(false);
        var bytes = memory.GetBuffer().AsSpan(0, (int)memory.Length);
        return Encoding.UTF8.GetString(bytes.Length > maxBytes ? bytes[^maxBytes..] : bytes);
    }
}
