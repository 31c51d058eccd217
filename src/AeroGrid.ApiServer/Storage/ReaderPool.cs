using System.Collections.Concurrent;

namespace AeroGrid.ApiServer.Storage;

/// <summary>Reading connections, opened when needed and kept. Thread-safe.</summary>
internal sealed class ReaderPool(string folder) : IDisposable
{
    // More are closed when they come back: each holds a cache of its own.
    private const int Kept = 4;

    private readonly ConcurrentBag<StoreReader> _idle = [];
    private volatile bool _disposed;

    /// <summary>Runs a read. It sees every write that was answered before.</summary>
    public T Read<T>(Func<StoreReader, T> read)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!_idle.TryTake(out var reader))
        {
            reader = new StoreReader(folder);
        }

        try
        {
            return read(reader);
        }
        finally
        {
            Return(reader);
        }
    }

    public void Dispose()
    {
        _disposed = true;
        while (_idle.TryTake(out var reader))
        {
            reader.Dispose();
        }
    }

    private void Return(StoreReader reader)
    {
        if (_disposed || _idle.Count >= Kept)
        {
            reader.Dispose();
        }
        else
        {
            _idle.Add(reader);
        }
    }
}
