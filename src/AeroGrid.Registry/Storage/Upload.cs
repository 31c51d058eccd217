using System.Security.Cryptography;

namespace AeroGrid.Registry.Storage;

/// <summary>
/// A blob on its way. Its file holds exactly the bytes that were acknowledged or are being written; the hash follows them, so that finishing does not read
/// them again. One request at a time uses it.
/// </summary>
internal sealed class Upload(Guid id, string path, long maxBytes) : IDisposable
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private int isBusy;

    public Guid Id => id;

    public string Path => path;

    /// <summary>Bytes received.</summary>
    public long Length { get; private set; }

    public DateTimeOffset LastUse { get; set; }

    /// <summary>Whether the hash covers what the file holds: not yet so for an upload of a former process.</summary>
    public bool IsCurrent { get; set; }

    /// <summary>Takes the upload for a request; false when another request has it.</summary>
    public bool TryEnter() => Interlocked.CompareExchange(ref isBusy, 1, 0) == 0;

    public void Leave() => Volatile.Write(ref isBusy, 0);

    /// <summary>Reads what a former process received.</summary>
    public async Task RecoverAsync(CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(path);
        var buffer = new byte[128 * 1024];
        int read;
        while ((read = await file.ReadAsync(buffer, cancellationToken)) > 0)
        {
            hash.AppendData(buffer, 0, read);
            Length += read;
        }

        IsCurrent = true;
    }

    /// <summary>Appends a body. When the client breaks off, what arrived stays and the client may go on from there.</summary>
    /// <exception cref="RegistryProblem">It is too large.</exception>
    public async Task AppendAsync(Stream body, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.Write,
            Share = FileShare.None,
            BufferSize = 0,
            Options = FileOptions.Asynchronous,
        });
        // Bytes beyond the length are those of a write that failed.
        file.SetLength(Length);
        file.Position = Length;
        var buffer = new byte[128 * 1024];
        int read;
        while ((read = await body.ReadAsync(buffer, cancellationToken)) > 0)
        {
            if (Length + read > maxBytes)
                throw RegistryProblem.TooLarge($"A blob may have at most {maxBytes} bytes.");
            await file.WriteAsync(buffer.AsMemory(0, read), CancellationToken.None);
            hash.AppendData(buffer, 0, read);
            Length += read;
        }
    }

    /// <summary>Flushes the file and returns the digest of everything in it.</summary>
    public ContentDigest Complete()
    {
        using (var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            file.SetLength(Length);
            file.Flush(flushToDisk: true);
        }

        return ContentDigest.FromHash(hash.GetCurrentHash());
    }

    public void Dispose() => hash.Dispose();
}
