using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using AeroGrid.Oci.References;
using AeroGrid.Oci.Specification;

namespace AeroGrid.Oci.Distribution;

/// <content>Blobs: upload and mount.</content>
public sealed partial class RegistryClient
{
    // Larger blobs are not sent in vain to a registry that wants an upload started first.
    private const int LargestSinglePost = 1024 * 1024;

    /// <summary>What a token must allow for a push (Docker Registry v2 authentication, "Token Scope").</summary>
    private const string PushAccess = "pull,push";

    private static readonly MediaTypeHeaderValue OctetStream = new("application/octet-stream");

    // Registries that answered a POST with content by starting an upload.
    private readonly ConcurrentDictionary<string, bool> startsUploads = new();

    /// <summary>Pushes a blob in memory, unless the repository has it.</summary>
    public Task PushBlobAsync(RepositoryName repository, Descriptor blob, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default) =>
        PushBlobAsync(repository, blob, _ => Task.FromResult<Stream>(Open(content)), cancellationToken);

    /// <summary>Pushes a blob, unless the repository has it.</summary>
    /// <param name="repository">Where to.</param>
    /// <param name="blob">Digest and size of the content; the registry checks them.</param>
    /// <param name="open">Opens the content, a seekable stream, at its start; called again when an upload has to be repeated.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task PushBlobAsync(
        RepositoryName repository, Descriptor blob, Func<CancellationToken, Task<Stream>> open, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        ArgumentNullException.ThrowIfNull(blob);
        ArgumentNullException.ThrowIfNull(open);
        if (await BlobExistsAsync(repository, blob.Digest, cancellationToken))
            return;

        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var content = await open(cancellationToken);
                using var started = await PostBlobAsync(repository, blob, content, cancellationToken);
                if (started.StatusCode == HttpStatusCode.Created)
                    return;
                if (blob.Size > options.ChunkBytes)
                    await PushChunksAsync(repository, blob, content, RegistryTransport.Location(started), cancellationToken);
                else
                    await FinishUploadAsync(repository, blob, new StreamSlice(content, 0, blob.Size), RegistryTransport.Location(started), cancellationToken);
                return;
            }
            catch (RegistryUnavailableException e) when (attempt < options.Attempts && e.Status != HttpStatusCode.InsufficientStorage)
            {
                // An upload that failed half-way is not repeatable as such; a new one is.
                await transport.WaitAsync(attempt, null, cancellationToken);
            }
        }
    }

    /// <summary>
    /// Makes a blob of another repository of the same registry available in this one without sending it (OCI distribution specification, "Mounting a
    /// blob"). False when the registry does not do that or the blob is not there.
    /// </summary>
    public async Task<bool> MountBlobAsync(RepositoryName from, RepositoryName to, Digest digest, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        // Its token covers both repositories, and must not be mistaken for one that covers only the target.
        using var response = await StartUploadAsync(
            to, $"?mount={Uri.EscapeDataString(digest.ToString())}&from={Uri.EscapeDataString(from.Path)}", $"{PushAccess} repository:{from.Path}:pull", cancellationToken);
        if (response.StatusCode == HttpStatusCode.Created)
            return true;

        // The registry opened an upload instead: leave nothing behind.
        var upload = RegistryTransport.Location(response);
        using var cancelled = await transport.SendAsync(
            to, PushAccess, () => new HttpRequestMessage(HttpMethod.Delete, upload), [HttpStatusCode.NotFound, HttpStatusCode.MethodNotAllowed], cancellationToken);
        return false;
    }

    /// <summary>Gets a blob from one repository into another of the same registry: found, mounted, or copied through a temporary file.</summary>
    private async Task TransferBlobAsync(RepositoryName from, RepositoryName to, Descriptor blob, CancellationToken cancellationToken)
    {
        if (await BlobExistsAsync(to, blob.Digest, cancellationToken) || from == to || await MountBlobAsync(from, to, blob.Digest, cancellationToken))
            return;
        await using var file = new FileStream(
            Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()),
            FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, CopyBytes, FileOptions.DeleteOnClose | FileOptions.Asynchronous);
        await PullBlobAsync(from, blob, file, cancellationToken);
        await PushBlobAsync(
            to,
            blob,
            _ => Task.FromResult<Stream>(new StreamSlice(file, 0, blob.Size)),
            cancellationToken);
    }

    private Task<HttpResponseMessage> StartUploadAsync(RepositoryName repository, string query, string access, CancellationToken cancellationToken) =>
        transport.SendAsync(
            repository,
            access,
            () => new HttpRequestMessage(HttpMethod.Post, transport.Address(repository, "blobs/uploads/" + query)) { Content = new ByteArrayContent([]) },
            [],
            cancellationToken);

    /// <summary>
    /// Pushes a small blob with one request (OCI distribution specification, "Single POST", optional for registries), or starts an upload.
    /// </summary>
    private async Task<HttpResponseMessage> PostBlobAsync(RepositoryName repository, Descriptor blob, Stream content, CancellationToken cancellationToken)
    {
        if (blob.Size > Math.Min(LargestSinglePost, options.ChunkBytes) || startsUploads.ContainsKey(repository.Registry))
            return await StartUploadAsync(repository, "", PushAccess, cancellationToken);

        var address = WithDigest(transport.Address(repository, "blobs/uploads/"), blob.Digest);
        var body = new StreamSlice(content, 0, blob.Size);
        var response = await transport.SendAsync(
            repository, PushAccess, () => new HttpRequestMessage(HttpMethod.Post, address) { Content = Body(body) }, [], cancellationToken, attempts: 1);
        if (response.StatusCode == HttpStatusCode.Accepted)
            startsUploads[repository.Registry] = true;
        return response;
    }

    private async Task FinishUploadAsync(
        RepositoryName repository, Descriptor blob, StreamSlice content, Uri location, CancellationToken cancellationToken)
    {
        var address = WithDigest(location, blob.Digest);
        // Not repeated here: a registry may end an upload that failed, so the caller starts a new one.
        using var response = await transport.SendAsync(
            repository,
            PushAccess,
            () => new HttpRequestMessage(HttpMethod.Put, address) { Content = Body(content) },
            [],
            cancellationToken,
            attempts: 1);
        if (HeaderDigest(response) is { } stored && stored != blob.Digest)
            throw new ContentMismatchException($"The registry stored the blob {blob.Digest} in {repository} as {stored}.");
    }

    private async Task PushChunksAsync(RepositoryName repository, Descriptor blob, Stream content, Uri location, CancellationToken cancellationToken)
    {
        var failures = 0;
        for (var offset = 0L; offset < blob.Size;)
        {
            var (start, length) = (offset, Math.Min(options.ChunkBytes, blob.Size - offset));
            var address = location;
            try
            {
                using var response = await transport.SendAsync(
                    repository,
                    PushAccess,
                    () =>
                    {
                        var body = Body(new StreamSlice(content, start, length));
                        // The specification's form, without the unit that HTTP's ContentRangeHeaderValue insists on.
                        body.Headers.TryAddWithoutValidation("Content-Range", string.Create(CultureInfo.InvariantCulture, $"{start}-{start + length - 1}"));
                        return new HttpRequestMessage(HttpMethod.Patch, address) { Content = body };
                    },
                    [],
                    cancellationToken,
                    attempts: 1);
                location = RegistryTransport.Location(response);
                offset = start + length;
                failures = 0;
            }
            catch (RegistryUnavailableException e) when (++failures < options.Attempts && e.Status != HttpStatusCode.InsufficientStorage)
            {
                await transport.WaitAsync(failures, null, cancellationToken);
                (location, offset) = await ResumeAsync(repository, address, cancellationToken);
            }
        }

        await FinishUploadAsync(repository, blob, new StreamSlice(Stream.Null, 0, 0), location, cancellationToken);
    }

    /// <summary>Asks the registry how much of an upload it has.</summary>
    private async Task<(Uri Location, long Offset)> ResumeAsync(RepositoryName repository, Uri upload, CancellationToken cancellationToken)
    {
        using var response = await transport.SendAsync(repository, PushAccess, () => new HttpRequestMessage(HttpMethod.Get, upload), [], cancellationToken);
        var offset = 0L;
        // "0-4095" is 4096 bytes; "0-0" is written for none, too.
        if (response.Headers.TryGetValues("Range", out var ranges)
            && ranges.First().Split('-') is [_, var last]
            && long.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var end)
            && end > 0)
        {
            offset = end + 1;
        }

        return (RegistryTransport.Location(response), offset);
    }

    private static StreamContent Body(StreamSlice content)
    {
        // A request is made anew after a challenge: from the start.
        content.Position = 0;
        return new StreamContent(content, CopyBytes) { Headers = { ContentType = OctetStream, ContentLength = content.Length } };
    }

    private static MemoryStream Open(ReadOnlyMemory<byte> content) =>
        MemoryMarshal.TryGetArray(content, out var segment)
            ? new MemoryStream(segment.Array!, segment.Offset, segment.Count, writable: false)
            : new MemoryStream(content.ToArray(), writable: false);

    private static Uri WithDigest(Uri location, Digest digest)
    {
        var query = "digest=" + Uri.EscapeDataString(digest.ToString());
        var builder = new UriBuilder(location);
        builder.Query = builder.Query.Length > 1 ? builder.Query[1..] + "&" + query : query;
        return builder.Uri;
    }
}
