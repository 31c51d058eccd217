using AeroGrid.Registry.Storage;
using Microsoft.AspNetCore.Http;

namespace AeroGrid.Registry.Http;

/// <summary>Pulling blobs. Deleting one is not offered: repositories share blobs, and the collection of garbage knows when nobody needs one.</summary>
internal sealed class BlobEndpoints(ImageLayout layout)
{
    public async Task GetAsync(HttpContext context, RegistryPath target)
    {
        if (!ContentDigest.TryParse(target.Reference, out var digest))
            throw RegistryProblem.InvalidDigest(target.Reference);
        // Whoever asks with HEAD wants to know whether to push it.
        var length = HttpMethods.IsHead(context.Request.Method) ? layout.Blobs.Claim(digest) : layout.Blobs.Length(digest);
        if (length is null)
            throw RegistryProblem.UnknownBlob(digest);

        context.Response.Headers[RegistryHeaders.ContentDigest] = digest.ToString();
        try
        {
            await TypedResults
                .PhysicalFile(layout.Blobs.PathOf(digest), "application/octet-stream", enableRangeProcessing: true)
                .ExecuteAsync(context);
        }
        catch (FileNotFoundException)
        {
            throw RegistryProblem.UnknownBlob(digest);
        }
    }
}
