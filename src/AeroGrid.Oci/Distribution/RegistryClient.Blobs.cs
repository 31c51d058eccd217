using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using AeroGrid.Oci.References;
using AeroGrid.Oci.Specification;

namespace AeroGrid.Oci.Distribution;

/// <content>Blobs: existence and download.</content>
public sealed partial class RegistryClient
{
    private const int CopyBytes = 128 * 1024;

    /// <summary>Asks whether a repository has a blob.</summary>
    public async Task<bool> BlobExistsAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        using var response = await transport.SendAsync(
            repository,
            "pull",
            () => new HttpRequestMessage(HttpMethod.Head, transport.Address(repository, $"blobs/{digest}")),
            [HttpStatusCode.NotFound],
            cancellationToken);
        return response.StatusCode != HttpStatusCode.NotFound;
    }

    /// <summary>
    /// Downloads a blob. A broken transfer is continued where it stopped. When this method returns, the size and the digest were right; until then nothing of
    /// what was written may be trusted.
    /// </summary>
    /// <exception cref="ContentMismatchException">The content is not what the descriptor says.</exception>
    public async Task PullBlobAsync(RepositoryName repository, Descriptor blob, Stream destination, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        ArgumentNullException.ThrowIfNull(blob);
        ArgumentNullException.ThrowIfNull(destination);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var received = 0L;
        for (var attempt = 1; ; attempt++)
        {
            var before = received;
            try
            {
                await foreach (var part in DownloadAsync(repository, blob, received, cancellationToken))
                {
                    hash.AppendData(part.Span);
                    await destination.WriteAsync(part, cancellationToken);
                    received += part.Length;
                }

                break;
            }
            catch (InterruptedTransferException e)
            {
                // Only attempts without progress count: a large layer over a bad line gets through at last.
                attempt = received > before ? 0 : attempt;
                if (attempt >= options.Attempts)
                    throw transport.Unreachable(repository, e.InnerException!);
                await transport.WaitAsync(Math.Max(attempt, 1), null, cancellationToken);
            }
        }

        var digest = Digest.FromHash(hash.GetHashAndReset());
        if (received != blob.Size || digest != blob.Digest)
        {
            throw new ContentMismatchException(
                $"The registry {repository.Registry} sent {received} bytes with the digest {digest} for the blob {blob.Digest} of {blob.Size} bytes.");
        }
    }

    /// <summary>Downloads a small blob into memory.</summary>
    private async Task<byte[]> GetDocumentAsync(RepositoryName repository, Descriptor blob, CancellationToken cancellationToken)
    {
        if (blob.Size > options.MaxDocumentBytes)
            throw new RegistryException($"The document {blob.Digest} in {repository} has {blob.Size} bytes; at most {options.MaxDocumentBytes} are read.");
        using var memory = new MemoryStream();
        await PullBlobAsync(repository, blob, memory, cancellationToken);
        return memory.ToArray();
    }

    /// <summary>The blob's bytes from an offset on; at most one byte more than the descriptor says, so that an endless body ends.</summary>
    private async IAsyncEnumerable<ReadOnlyMemory<byte>> DownloadAsync(
        RepositoryName repository,
        Descriptor blob,
        long offset,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        HttpRequestMessage CreateRequest()
        {
            var request = new HttpRequestMessage(HttpMethod.Get, transport.Address(repository, $"blobs/{blob.Digest}"));
            if (offset > 0)
                request.Headers.Range = new RangeHeaderValue(offset, null);
            return request;
        }

        if (offset > 0 && offset == blob.Size)
            yield break;
        using var response = await transport.SendAsync(repository, "pull", CreateRequest, [], cancellationToken);
        var skip = response.StatusCode == HttpStatusCode.PartialContent ? 0 : offset;
        var position = offset - skip;
        var buffer = new byte[CopyBytes];
        Stream? stream = null;
        while (position <= blob.Size)
        {
            int read;
            try
            {
                stream ??= await response.Content.ReadAsStreamAsync(cancellationToken);
                read = await transport.LimitAsync(options.Timeout, token => stream.ReadAsync(buffer, token).AsTask(), cancellationToken);
            }
            catch (Exception e) when (RegistryTransport.IsConnectionFailure(e))
            {
                throw new InterruptedTransferException(e);
            }

            if (read == 0)
                yield break;
            var known = (int)Math.Min(skip, read);
            skip -= known;
            position += read;
            if (read > known)
                yield return buffer.AsMemory(known, read - known);
        }
    }

    /// <summary>The connection broke inside a body.</summary>
    private sealed class InterruptedTransferException(Exception inner) : Exception(inner.Message, inner);
}
