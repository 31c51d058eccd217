using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using AeroGrid.Oci.References;
using AeroGrid.Oci.Specification;

namespace AeroGrid.Oci.Distribution;

/// <summary>A manifest or index as the registry sent it, checked against its digest.</summary>
/// <param name="Descriptor">Type, digest and size.</param>
/// <param name="Content">The bytes.</param>
public sealed record ManifestContent(Descriptor Descriptor, ReadOnlyMemory<byte> Content);

/// <content>Manifests and tags.</content>
public sealed partial class RegistryClient
{
    private const string DigestHeader = "Docker-Content-Digest";

    /// <summary>Asks whether an image exists: its descriptor, or null.</summary>
    public async Task<Descriptor?> FindManifestAsync(ImageReference reference, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        using var response = await transport.SendAsync(
            reference.Repository, "pull", () => ManifestRequest(HttpMethod.Head, reference), [HttpStatusCode.NotFound], cancellationToken);
        if (response.StatusCode == HttpStatusCode.NotFound)
            return null;

        var mediaType = response.Content.Headers.ContentType?.MediaType;
        var size = response.Content.Headers.ContentLength;
        var digest = reference.Digest ?? HeaderDigest(response);
        // All three headers are optional for HEAD in the specification; without them the body has to tell.
        return mediaType is null || size is null || digest is null
            ? (await GetManifestAsync(reference, cancellationToken)).Descriptor
            : new Descriptor { MediaType = mediaType, Digest = digest.Value, Size = size.Value };
    }

    /// <summary>Gets a manifest or index.</summary>
    public async Task<ManifestContent> GetManifestAsync(ImageReference reference, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        using var response = await transport.SendAsync(
            reference.Repository, "pull", () => ManifestRequest(HttpMethod.Get, reference), [], cancellationToken);
        var content = await ReadDocumentAsync(reference.Repository, response, cancellationToken);
        var digest = Digest.Of(content);
        if ((reference.Digest ?? HeaderDigest(response) ?? digest) is var expected && expected != digest)
            throw new ContentMismatchException($"The registry sent the manifest {digest} for {reference}, whose digest is {expected}.");
        var mediaType = response.Content.Headers.ContentType?.MediaType ?? MediaTypes.ImageManifest;
        return new ManifestContent(new Descriptor { MediaType = mediaType, Digest = digest, Size = content.Length }, content);
    }

    /// <summary>Pushes a manifest whose blobs the repository has.</summary>
    /// <returns>Its digest.</returns>
    public async Task<Digest> PushManifestAsync(
        ImageReference reference, ReadOnlyMemory<byte> content, string mediaType, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        var digest = Digest.Of(content.Span);
        if (reference.Digest is { } given && given != digest)
            throw new ArgumentException($"The manifest's digest is {digest} and not that of {reference}.", nameof(reference));

        // One name at a time: by tag where there is one, since the digest follows from the content.
        var selector = reference.Tag ?? digest.ToString();
        using var response = await transport.SendAsync(
            reference.Repository,
            PushAccess,
            () => new HttpRequestMessage(HttpMethod.Put, transport.Address(reference.Repository, "manifests/" + selector))
            {
                Content = new ReadOnlyMemoryContent(content) { Headers = { ContentType = new MediaTypeHeaderValue(mediaType) } },
            },
            [],
            cancellationToken);
        if (HeaderDigest(response) is { } stored && stored != digest)
            throw new ContentMismatchException($"The registry stored {reference} as {stored}, but its digest is {digest}.");
        return digest;
    }

    /// <summary>
    /// Deletes an image: the manifest with all its tags. A tag is resolved first, since registries need not delete a tag alone, and those that do keep the
    /// manifest, so that its blobs would stay forever. False when it did not exist.
    /// </summary>
    public async Task<bool> DeleteManifestAsync(ImageReference reference, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        if ((reference.Digest ?? (await FindManifestAsync(reference, cancellationToken))?.Digest) is not { } digest)
            return false;
        using var response = await transport.SendAsync(
            reference.Repository,
            "delete",
            () => new HttpRequestMessage(HttpMethod.Delete, transport.Address(reference.Repository, $"manifests/{digest}")),
            [HttpStatusCode.NotFound],
            cancellationToken);
        return response.StatusCode != HttpStatusCode.NotFound;
    }

    /// <summary>All tags of a repository in order; none when the repository does not exist.</summary>
    public async Task<IReadOnlyList<string>> ListTagsAsync(RepositoryName repository, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        List<string> tags = [];
        for (Uri? page = transport.Address(repository, "tags/list"); page is not null;)
        {
            var address = page;
            using var response = await transport.SendAsync(
                repository, "pull", () => new HttpRequestMessage(HttpMethod.Get, address), [HttpStatusCode.NotFound], cancellationToken);
            if (response.StatusCode == HttpStatusCode.NotFound)
                break;
            var content = await ReadDocumentAsync(repository, response, cancellationToken);
            tags.AddRange(TagList.Parse(repository, content));
            page = TagList.NextPage(response);
        }

        return tags;
    }

    private HttpRequestMessage ManifestRequest(HttpMethod method, ImageReference reference)
    {
        var request = new HttpRequestMessage(method, transport.Address(reference.Repository, "manifests/" + reference.Selector));
        foreach (var type in MediaTypes.Manifests)
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(type));
        return request;
    }

    private static Digest? HeaderDigest(HttpResponseMessage response) =>
        response.Headers.TryGetValues(DigestHeader, out var values) && Digest.TryParse(values.FirstOrDefault(), out var digest) ? digest : null;

    /// <summary>Reads a small body, checked for its size.</summary>
    private async Task<byte[]> ReadDocumentAsync(RepositoryName repository, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            return await transport.LimitAsync(options.Timeout, async token =>
            {
                await using var stream = await response.Content.ReadAsStreamAsync(token);
                using var memory = new MemoryStream();
                var buffer = new byte[16 * 1024];
                int read;
                while ((read = await stream.ReadAsync(buffer, token)) > 0)
                {
                    memory.Write(buffer, 0, read);
                    if (memory.Length > options.MaxDocumentBytes)
                    {
                        var limit = options.MaxDocumentBytes.ToString(CultureInfo.InvariantCulture);
                        throw new RegistryException($"The answer to {response.RequestMessage?.RequestUri?.AbsolutePath} is larger than {limit} bytes.");
                    }
                }

                return memory.ToArray();
            }, cancellationToken);
        }
        catch (Exception e) when (RegistryTransport.IsConnectionFailure(e))
        {
            throw transport.Unreachable(repository, e);
        }
    }
}
