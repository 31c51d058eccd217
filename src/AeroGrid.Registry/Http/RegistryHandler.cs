using AeroGrid.Registry.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AeroGrid.Registry.Http;

/// <summary>Every request below <c>/v2/</c>: authentication, dispatch, and errors in the form that the specification gives them.</summary>
internal sealed partial class RegistryHandler
{
    private const string Prefix = "/v2/";
    private readonly RegistryOptions options;
    private readonly ILogger<RegistryHandler> logger;
    private readonly ManifestEndpoints manifests;
    private readonly BlobEndpoints blobs;
    private readonly UploadEndpoints uploads;
    private readonly ListEndpoints lists;

    public RegistryHandler(ImageLayout layout, RegistryOptions options, ILogger<RegistryHandler> logger)
    {
        this.options = options;
        this.logger = logger;
        manifests = new ManifestEndpoints(layout, options, logger);
        blobs = new BlobEndpoints(layout);
        uploads = new UploadEndpoints(layout);
        lists = new ListEndpoints(layout);
    }

    public async Task HandleAsync(HttpContext context)
    {
        context.Response.Headers["Docker-Distribution-Api-Version"] = "registry/2.0";
        try
        {
            await DispatchAsync(context);
        }
        catch (Exception e) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to read an answer. What an upload received so far stays.
            Log.Aborted(logger, context.Request.Method, context.Request.Path, e.Message);
        }
        catch (RegistryProblem problem)
        {
            await WriteAsync(context, problem);
        }
        catch (BadHttpRequestException e)
        {
            await WriteAsync(context, new RegistryProblem(e.StatusCode, "UNSUPPORTED", e.Message));
        }
        catch (IOException e) when (DurableFiles.IsDiskFull(e))
        {
            Log.DiskFull(logger, options.Folder);
            await WriteAsync(context, RegistryProblem.DiskFull());
        }
        catch (Exception e)
        {
            Log.Failed(logger, e, context.Request.Method, context.Request.Path);
            await WriteAsync(context, new RegistryProblem(StatusCodes.Status500InternalServerError, "UNKNOWN", "The registry failed; its log says why."));
        }
    }

    private Task DispatchAsync(HttpContext context)
    {
        var user = BasicAuthentication.Authenticate(context, options.Users);
        var method = context.Request.Method;
        if (!HttpMethods.IsGet(method) && !HttpMethods.IsHead(method) && !user.MayPush)
            throw RegistryProblem.Denied(user.Name);

        var path = context.Request.Path.Value ?? "";
        var rest = path.StartsWith(Prefix, StringComparison.Ordinal) ? path[Prefix.Length..] : "";
        if (RegistryPath.Parse(rest) is not { } target)
            throw new RegistryProblem(StatusCodes.Status404NotFound, "UNSUPPORTED", $"{path} is not part of the OCI distribution API.");
        var isRead = HttpMethods.IsGet(method) || HttpMethods.IsHead(method);
        return target.Kind switch
        {
            PathKind.Root when isRead => WriteEmptyObjectAsync(context),
            PathKind.Catalog when isRead => lists.CatalogAsync(context),
            PathKind.Tags when isRead => lists.TagsAsync(context, target.Repository),
            PathKind.Manifest when isRead => manifests.GetAsync(context, target),
            PathKind.Manifest when HttpMethods.IsPut(method) => manifests.PutAsync(context, target),
            PathKind.Manifest when HttpMethods.IsDelete(method) => manifests.DeleteAsync(context, target),
            PathKind.Blob when isRead => blobs.GetAsync(context, target),
            PathKind.Uploads when HttpMethods.IsPost(method) => uploads.PostAsync(context, target),
            PathKind.Upload when HttpMethods.IsGet(method) => uploads.GetAsync(context, target),
            PathKind.Upload when HttpMethods.IsPatch(method) => uploads.PatchAsync(context, target),
            PathKind.Upload when HttpMethods.IsPut(method) => uploads.PutAsync(context, target),
            PathKind.Upload when HttpMethods.IsDelete(method) => uploads.DeleteAsync(context, target),
            _ => throw RegistryProblem.Unsupported($"{method} {path}"),
        };
    }

    private static Task WriteEmptyObjectAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync("{}", context.RequestAborted);
    }

    private static async Task WriteAsync(HttpContext context, RegistryProblem problem)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = problem.Status;
        context.Response.ContentType = "application/json";
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.Body.WriteAsync(ErrorBody.Write(problem), context.RequestAborted);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "{Method} {Path} was aborted by the client: {Reason}")]
        public static partial void Aborted(ILogger logger, string method, string path, string reason);

        [LoggerMessage(2, LogLevel.Error, "There is no space left in {Folder}")]
        public static partial void DiskFull(ILogger logger, string folder);

        [LoggerMessage(3, LogLevel.Error, "{Method} {Path} failed")]
        public static partial void Failed(ILogger logger, Exception exception, string method, string path);
    }
}
