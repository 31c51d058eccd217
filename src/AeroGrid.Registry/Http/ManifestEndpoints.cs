using System.Globalization;
using AeroGrid.Registry.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace AeroGrid.Registry.Http;

/// <summary>Manifests: pull, push, delete.</summary>
internal sealed partial class ManifestEndpoints(ImageLayout layout, RegistryOptions options, ILogger logger)
{
    public async Task GetAsync(HttpContext context, RegistryPath target)
    {
        var manifest = layout.State.Find(target.Repository)?.Find(target.Reference)
            ?? throw RegistryProblem.UnknownManifest(target.Repository, target.Reference);
        var response = context.Response;
        response.ContentType = manifest.MediaType;
        response.ContentLength = manifest.Size;
        response.Headers[RegistryHeaders.ContentDigest] = manifest.Digest.ToString();
        response.Headers.ETag = $"\"{manifest.Digest}\"";
        if (HttpMethods.IsGet(context.Request.Method))
            await response.Body.WriteAsync(Read(target, manifest), context.RequestAborted);
    }

    public async Task PutAsync(HttpContext context, RegistryPath target)
    {
        var isDigest = ContentDigest.TryParse(target.Reference, out var expected);
        if (!isDigest && !Names.IsTag(target.Reference))
        {
            throw target.Reference.Contains(':', StringComparison.Ordinal)
                ? RegistryProblem.InvalidDigest(target.Reference)
                : RegistryProblem.InvalidManifest($"'{target.Reference}' is neither a tag nor a digest.");
        }

        var mediaType = context.Request.ContentType?.Split(';')[0].Trim() ?? "";
        var content = await ReadBodyAsync(context);
        var digest = ContentDigest.Of(content.Span);
        if (isDigest && digest != expected)
            throw RegistryProblem.DigestMismatch(expected, digest);
        var references = ManifestReader.References(content, mediaType);

        layout.Uploads.Store(content.Span, digest);
        var manifest = new StoredManifest(digest, mediaType, content.Length);
        await layout.ChangeAsync(state =>
        {
            // Here no blob can be collected: what is there now stays, since the manifest refers to it.
            CheckReferences(references);
            return state.With(target.Repository, manifest, isDigest ? null : target.Reference);
        });

        Log.Stored(logger, target.Repository, target.Reference, digest);
        context.Response.StatusCode = StatusCodes.Status201Created;
        context.Response.Headers.Location = $"/v2/{target.Repository}/manifests/{digest}";
        context.Response.Headers[RegistryHeaders.ContentDigest] = digest.ToString();
    }

    /// <summary>Deletes a manifest and its tags, or a tag. The blobs go when the collection of garbage finds that nothing needs them.</summary>
    public async Task DeleteAsync(HttpContext context, RegistryPath target)
    {
        await layout.ChangeAsync(state =>
        {
            var changed = state.Without(target.Repository, target.Reference);
            return ReferenceEquals(changed, state) ? throw RegistryProblem.UnknownManifest(target.Repository, target.Reference) : changed;
        });
        Log.Deleted(logger, target.Repository, target.Reference);
        context.Response.StatusCode = StatusCodes.Status202Accepted;
    }

    private void CheckReferences(IReadOnlyList<ContentReference> references)
    {
        foreach (var reference in references)
        {
            var length = layout.Blobs.Length(reference.Digest) ?? throw RegistryProblem.UnknownManifestBlob(reference.Digest);
            if (length != reference.Size)
                throw RegistryProblem.InvalidManifest($"{reference.Digest} has {length} bytes and not {reference.Size}.");
        }
    }

    private byte[] Read(RegistryPath target, StoredManifest manifest)
    {
        try
        {
            return layout.Blobs.ReadAll(manifest.Digest);
        }
        catch (FileNotFoundException)
        {
            // Deleted, and collected, since the index was asked.
            throw RegistryProblem.UnknownManifest(target.Repository, target.Reference);
        }
    }

    private async Task<ReadOnlyMemory<byte>> ReadBodyAsync(HttpContext context)
    {
        context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize = null;
        using var memory = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0)
        {
            memory.Write(buffer, 0, read);
            if (memory.Length > options.MaxManifestBytes)
            {
                var limit = options.MaxManifestBytes.ToString(CultureInfo.InvariantCulture);
                throw RegistryProblem.TooLarge($"A manifest may have at most {limit} bytes.");
            }
        }

        return memory.GetBuffer().AsMemory(0, (int)memory.Length);
    }

    private static partial class Log
    {
        [LoggerMessage(10, LogLevel.Information, "Stored {Repository} {Reference} as {Digest}")]
        public static partial void Stored(ILogger logger, string repository, string reference, ContentDigest digest);

        [LoggerMessage(11, LogLevel.Information, "Deleted {Repository} {Reference}")]
        public static partial void Deleted(ILogger logger, string repository, string reference);
    }
}
