using System.Collections.Concurrent;

namespace AeroGrid.Registry.Storage;

/// <summary>Uploads in progress. They survive a restart: their files are what there is of them. Thread-safe.</summary>
internal sealed class UploadStore(string folder, BlobStore blobs, RegistryOptions options)
{
    private readonly ConcurrentDictionary<Guid, Upload> uploads = new();

    /// <summary>Begins an upload and creates its file.</summary>
    public Upload Begin()
    {
        var id = Guid.NewGuid();
        var upload = Create(id);
        File.Create(upload.Path).Dispose();
        upload.IsCurrent = true;
        upload.LastUse = options.TimeProvider.GetUtcNow();
        uploads[id] = upload;
        return upload;
    }

    /// <summary>Uses an upload; nobody else can meanwhile.</summary>
    /// <exception cref="RegistryProblem">It is unknown, or another request uses it.</exception>
    public async Task<T> UseAsync<T>(Guid id, Func<Upload, Task<T>> action, CancellationToken cancellationToken)
    {
        var upload = uploads.GetOrAdd(id, static (key, self) => self.Create(key), this);
        if (!upload.TryEnter())
            throw RegistryProblem.UploadInUse();
        try
        {
            // Asked after entering: the request before may have ended the upload.
            if (!File.Exists(upload.Path))
                throw RegistryProblem.UnknownUpload();
            if (!upload.IsCurrent)
                await upload.RecoverAsync(cancellationToken);
            upload.LastUse = options.TimeProvider.GetUtcNow();
            var result = await action(upload);
            upload.LastUse = options.TimeProvider.GetUtcNow();
            return result;
        }
        catch (Exception e)
        {
            if (!upload.IsCurrent)
                uploads.TryRemove(id, out _);
            else if (e is RegistryProblem { EndsUpload: true } || (e is IOException io && DurableFiles.IsDiskFull(io)))
                End(upload);
            throw;
        }
        finally
        {
            upload.Leave();
        }
    }

    /// <summary>Makes a blob of a complete upload.</summary>
    /// <exception cref="RegistryProblem">The content has another digest; the upload is gone.</exception>
    public void Finish(Upload upload, ContentDigest expected)
    {
        var actual = upload.Complete();
        if (actual != expected)
            throw RegistryProblem.DigestMismatch(expected, actual);
        blobs.Adopt(upload.Path, actual);
        End(upload);
    }

    /// <summary>Stores a small blob at once.</summary>
    public void Store(ReadOnlySpan<byte> content, ContentDigest digest)
    {
        var temporary = Path.Combine(folder, Guid.NewGuid().ToString("N"));
        try
        {
            DurableFiles.Write(temporary, content);
            blobs.Adopt(temporary, digest);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Forgets an upload and what it received.</summary>
    public void End(Upload upload)
    {
        uploads.TryRemove(upload.Id, out _);
        File.Delete(upload.Path);
        upload.Dispose();
    }

    /// <summary>Ends uploads that nobody went on with during the grace period, those of former processes included. Their number.</summary>
    public int EndOld()
    {
        var limit = options.TimeProvider.GetUtcNow() - options.GracePeriod;
        var ended = 0;
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles())
        {
            var upload = Guid.TryParseExact(file.Name, "N", out var id) ? uploads.GetValueOrDefault(id) : null;
            if (upload is null ? file.LastWriteTimeUtc > limit.UtcDateTime : upload.LastUse > limit || !upload.TryEnter())
                continue;
            if (upload is null)
                file.Delete();
            else
                End(upload);
            ended++;
        }

        return ended;
    }

    private Upload Create(Guid id) => new(id, Path.Combine(folder, id.ToString("N")), options.MaxBlobBytes);
}
