using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace AeroGrid.Node.Logs;

/// <summary>
/// Writes the output of one run of a container to its log files. Two streams may be pumped into it at the same time; readers may follow it.
/// A full disk loses output and never stops the container. Thread-safe.
/// </summary>
internal sealed class LogWriter : IDisposable
{
    /// <summary>Longer lines are split, so that nobody has to hold one of a gigabyte in memory (containerd does it at the same length).</summary>
    public const int MaxLine = 16 * 1024;

    private const int ChunkBytes = 64 * 1024;

    private readonly LogFolder _folder;
    private readonly int _run;
    private readonly LogOptions _options;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private FileStream _file;
    private TaskCompletionSource _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _size;
    private long _generation;
    private bool _closed;

    /// <summary>Bytes that the disk refused and that the log does not yet say are missing.</summary>
    private long _lost;

    public LogWriter(LogFolder folder, int run, LogOptions options, TimeProvider time)
    {
        (_folder, _run, _options, _time) = (folder, run, options, time);
        _file = OpenFile(FileMode.Append);
        _size = _file.Length;
    }

    /// <summary>Reads a stream to its end, or until it is closed on this side, and writes its lines.</summary>
    /// <param name="stream">The container's end of a pipe; disposed at the end.</param>
    /// <param name="name"><c>stdout</c> or <c>stderr</c>.</param>
    public async Task PumpAsync(Stream stream, string name)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        var lines = new LineSplitter(this, Encoding.ASCII.GetBytes($" {name} "));
        var allowance = new Allowance(_options.BytesPerSecond, _time);
        await using (stream.ConfigureAwait(false))
        {
            try
            {
                while (await stream.ReadAsync(buffer.AsMemory(0, ChunkBytes)).ConfigureAwait(false) is > 0 and var count)
                {
                    lines.Add(buffer.AsSpan(0, count));
                    if (allowance.Take(count) is { } wait)
                        await Task.Delay(wait, _time).ConfigureAwait(false);
                }
            }
            catch (Exception e) when (e is ObjectDisposedException or IOException or OperationCanceledException)
            {
                // The container has ended, and what still holds the other end is not waited for.
            }
            finally
            {
                lines.End();
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    /// <summary>Completes when there is more to read than when it was asked for, or nothing will be added any more.</summary>
    public Task Grown()
    {
        lock (_gate)
            return _closed ? Task.CompletedTask : _grown.Task;
    }

    /// <summary>Whether nothing will be added any more.</summary>
    public bool IsClosed
    {
        get
        {
            lock (_gate)
                return _closed;
        }
    }

    /// <summary>
    /// Opens the files for reading that a reader has not had yet, oldest first: all at the first time, then those that were begun since. Of more
    /// than are kept it gets those that are left. No file is moved while they are opened.
    /// </summary>
    /// <param name="generation">Where the reader is: -1 at first, and the newest file's afterwards.</param>
    public IReadOnlyList<FileStream> OpenNew(ref long generation)
    {
        lock (_gate)
        {
            var files = generation < 0 ? _folder.Files(_run) : [.. _folder.Files(_run).TakeLast((int)Math.Min(_generation - generation, _options.MaxFiles))];
            generation = _generation;
            return [.. files.Select(LogReader.TryOpen).OfType<FileStream>()];
        }
    }

    /// <summary>Ends the log.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_closed)
                return;
            _closed = true;
            _file.Dispose();
            _grown.TrySetResult();
        }
    }

    private FileStream OpenFile(FileMode mode) => new(_folder.File(_run, 0), new FileStreamOptions
    {
        Mode = mode,
        Access = FileAccess.Write,
        Share = FileShare.ReadWrite | FileShare.Delete,
        BufferSize = 0,
        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
    });

    private void Write(ReadOnlySpan<byte> lines)
    {
        TaskCompletionSource grown;
        lock (_gate)
        {
            if (_closed)
                return;
            try
            {
                if (_size > 0 && _size + lines.Length > _options.MaxFileBytes)
                    Rotate();
                if (_lost > 0)
                    WriteLoss();
                _file.Write(lines);
                _size += lines.Length;
            }
            catch (IOException)
            {
                // Disk full: the program matters more than its output. What was lost is said in the log as soon as it can be written again.
                _lost += lines.Length;
                return;
            }

            grown = _grown;
            _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        grown.TrySetResult();
    }

    private void WriteLoss()
    {
        var line = Encoding.UTF8.GetBytes($"{_time.GetUtcNow().UtcDateTime:yyyy-MM-ddTHH:mm:ss.fffffff}00Z stderr F [{_lost} bytes of output are missing here: the disk of the node was full]\n");
        _file.Write(line);
        _size += line.Length;
        _lost = 0;
    }

    private void Rotate()
    {
        _file.Dispose();
        for (var age = _options.MaxFiles - 1; age > 0; age--)
        {
            if (File.Exists(_folder.File(_run, age - 1)))
                File.Move(_folder.File(_run, age - 1), _folder.File(_run, age), overwrite: true);
        }

        _file = OpenFile(FileMode.Create);
        _size = 0;
        _generation++;
    }

    /// <summary>Cuts one stream into lines and gives whole chunks of them to the writer.</summary>
    private sealed class LineSplitter(LogWriter writer, byte[] tag)
    {
        private readonly ArrayBufferWriter<byte> _out = new(ChunkBytes + 8192);
        private readonly byte[] _line = new byte[MaxLine];
        private readonly byte[] _stamp = new byte[40];
        private int _length;

        public void Add(ReadOnlySpan<byte> chunk)
        {
            // One time for a chunk: it arrived at once.
            var stamp = Stamp();
            while (!chunk.IsEmpty)
            {
                var end = chunk.IndexOf((byte)'\n');
                var part = end < 0 ? chunk : chunk[..end];
                while (_length + part.Length > MaxLine)
                {
                    var fits = MaxLine - _length;
                    Emit(stamp, part[..fits], 'P');
                    part = part[fits..];
                }

                if (end < 0)
                {
                    part.CopyTo(_line.AsSpan(_length));
                    _length += part.Length;
                    break;
                }

                Emit(stamp, part, 'F');
                chunk = chunk[(end + 1)..];
            }

            Flush();
        }

        public void End()
        {
            if (_length > 0)
                Emit(Stamp(), [], 'F');
            Flush();
        }

        private void Emit(ReadOnlySpan<byte> stamp, ReadOnlySpan<byte> rest, char mark)
        {
            _out.Write(stamp);
            _out.Write(tag);
            _out.Write([(byte)mark, (byte)' ']);
            _out.Write(_line.AsSpan(0, _length));
            _out.Write(rest);
            _out.Write("\n"u8);
            _length = 0;
        }

        private void Flush()
        {
            if (_out.WrittenCount == 0)
                return;
            writer.Write(_out.WrittenSpan);
            _out.ResetWrittenCount();
        }

        /// <summary>RFC 3339 with nanoseconds, of which the clock has all but two digits.</summary>
        private ReadOnlySpan<byte> Stamp()
        {
            var now = writer._time.GetUtcNow();
            Utf8Formatter.TryFormat(now.UtcDateTime, _stamp, out var written, new StandardFormat('O'));
            "00Z"u8.CopyTo(_stamp.AsSpan(written - 1));
            return _stamp.AsSpan(0, written + 2);
        }
    }

    /// <summary>A bucket that fills with time and may hold as much as two seconds give.</summary>
    private sealed class Allowance(long perSecond, TimeProvider time)
    {
        private double _left = perSecond * 2;
        private long _last = time.GetTimestamp();

        public TimeSpan? Take(int bytes)
        {
            var now = time.GetTimestamp();
            _left = Math.Min(perSecond * 2, _left + (time.GetElapsedTime(_last, now).TotalSeconds * perSecond)) - bytes;
            _last = now;
            return _left < 0 ? TimeSpan.FromSeconds(-_left / perSecond) : null;
        }
    }
}
