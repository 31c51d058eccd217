using System.Globalization;
using AeroGrid.Registry.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AeroGrid.Registry.Http;

/// <summary>Pushing blobs: at once, in chunks, or by mounting what is there already (OCI distribution specification, "Pushing blobs").</summary>
internal sealed class UploadEndpoints(ImageLayout layout)
{
    /// <summary>Starts an upload; with <c>digest</c> it is complete at once, with <c>mount</c> none is needed if the blob is there.</summary>
    public async Task PostAsync(HttpContext context, RegistryPath target)
    {
        if (context.Request.Query.TryGetValue("mount", out var mount)
            && ContentDigest.TryParse(mount, out var mounted)
            && layout.Blobs.Claim(mounted) is not null)
        {
            WriteCreated(context, target.Repository, mounted);
            return;
        }

        var isComplete = context.Request.Query.ContainsKey("digest");
        var digest = isComplete ? ReadDigest(context) : default;
        var upload = layout.Uploads.Begin();
        if (isComplete)
            await FinishAsync(context, target.Repository, upload.Id, digest);
        else
            WriteProgress(context, target.Repository, upload.Id, 0);
    }

    /// <summary>How far an upload is.</summary>
    public async Task GetAsync(HttpContext context, RegistryPath target)
    {
        var id = ReadId(target);
        var length = await layout.Uploads.UseAsync(id, upload => Task.FromResult(upload.Length), context.RequestAborted);
        WriteProgress(context, target.Repository, id, length);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    /// <summary>Appends a chunk.</summary>
    public async Task PatchAsync(HttpContext context, RegistryPath target)
    {
        var id = ReadId(target);
        var length = await layout.Uploads.UseAsync(id, async upload =>
        {
            await AppendAsync(context, upload);
            return upload.Length;
        }, context.RequestAborted);
        // A chunk at the wrong place was answered already.
        if (context.Response.StatusCode == StatusCodes.Status200OK)
            WriteProgress(context, target.Repository, id, length);
        else
            SetProgress(context, target.Repository, id, length);
    }

    /// <summary>Appends the last chunk, if there is one, and completes the upload.</summary>
    public Task PutAsync(HttpContext context, RegistryPath target) =>
        FinishAsync(context, target.Repository, ReadId(target), ReadDigest(context));

    /// <summary>Cancels an upload.</summary>
    public async Task DeleteAsync(HttpContext context, RegistryPath target)
    {
        await layout.Uploads.UseAsync(ReadId(target), upload =>
        {
            layout.Uploads.End(upload);
            return Task.FromResult(true);
        }, context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task FinishAsync(HttpContext context, string repository, Guid id, ContentDigest digest)
    {
        var length = await layout.Uploads.UseAsync(id, async upload =>
        {
            await AppendAsync(context, upload);
            if (context.Response.StatusCode == StatusCodes.Status200OK)
                layout.Uploads.Finish(upload, digest);
            return upload.Length;
        }, context.RequestAborted);
        if (context.Response.StatusCode == StatusCodes.Status200OK)
            WriteCreated(context, repository, digest);
        else
            SetProgress(context, repository, id, length);
    }

    /// <summary>Appends the request's body, or answers 416 when its <c>Content-Range</c> is not where the upload goes on.</summary>
    private static async Task AppendAsync(HttpContext context, Upload upload)
    {
        if (ReadStart(context.Request) is { } start && start != upload.Length)
        {
            context.Response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
            return;
        }

        // The upload itself counts: a limit for one body would not be one for the blob.
        context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize = null;
        await upload.AppendAsync(context.Request.Body, context.RequestAborted);
    }

    /// <summary>Start of <c>Content-Range</c>, which the specification writes as <c>0-1023</c>, and HTTP as <c>bytes 0-1023/*</c>.</summary>
    private static long? ReadStart(HttpRequest request)
    {
        var header = request.Headers.ContentRange.ToString();
        if (header.Length == 0)
            return null;
        var range = header.StartsWith("bytes ", StringComparison.Ordinal) ? header["bytes ".Length..] : header;
        return range.Split('-') is [var first, _] && long.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var start)
            ? start
            : throw new RegistryProblem(StatusCodes.Status400BadRequest, "BLOB_UPLOAD_INVALID", $"The Content-Range '{header}' is not of the form 0-1023.");
    }

    private static ContentDigest ReadDigest(HttpContext context)
    {
        var text = context.Request.Query["digest"].ToString();
        return ContentDigest.TryParse(text, out var digest) ? digest : throw RegistryProblem.InvalidDigest(text);
    }

    private static Guid ReadId(RegistryPath target) =>
        Guid.TryParseExact(target.Reference, "N", out var id) ? id : throw RegistryProblem.UnknownUpload();

    private static void WriteCreated(HttpContext context, string repository, ContentDigest digest)
    {
        context.Response.StatusCode = StatusCodes.Status201Created;
        context.Response.Headers.Location = $"/v2/{repository}/blobs/{digest}";
        context.Response.Headers[RegistryHeaders.ContentDigest] = digest.ToString();
    }

    private static void WriteProgress(HttpContext context, string repository, Guid id, long length)
    {
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        SetProgress(context, repository, id, length);
    }

    private static void SetProgress(HttpContext context, string repository, Guid id, long length)
    {
        context.Response.Headers.Location = $"/v2/{repository}/blobs/uploads/{id:N}";
        context.Response.Headers.Range = string.Create(CultureInfo.InvariantCulture, $"0-{Math.Max(0, length - 1)}");
        context.Response.Headers[RegistryHeaders.UploadId] = id.ToString("N");
    }
}
