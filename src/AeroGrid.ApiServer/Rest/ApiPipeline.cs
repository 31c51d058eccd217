using AeroGrid.ApiServer.Authentication;
using AeroGrid.ApiServer.Authorization;
using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Hosting;
using AeroGrid.ApiServer.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AeroGrid.ApiServer.Rest;

/// <summary>What happens around every request: authentication, authorization of paths, errors as Status. Thread-safe.</summary>
internal sealed partial class ApiPipeline(
    ApiServerOptions options, IEnumerable<IAuthenticator> authenticators, IEnumerable<IAuthorizer> authorizers, ILogger<ApiPipeline> logger)
{
    private static readonly UserInfo Master = new("system:admin", [UserInfo.MastersGroup, UserInfo.AuthenticatedGroup]);

    private readonly IAuthenticator[] _authenticators = [.. authenticators];
    private readonly IAuthorizer[] _authorizers = [.. authorizers];

    /// <summary>Runs a handler.</summary>
    public async Task RunAsync(HttpContext context, bool authorizePath, RequestDelegate handler)
    {
        try
        {
            var user = await AuthenticateAsync(context);
            context.SetUser(user);
            if (authorizePath)
            {
                AuthorizePath(context, user);
            }

            await handler(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client is gone: there is nobody to tell.
            context.Abort();
        }
        catch (ApiException e)
        {
            await FailAsync(context, e);
        }
        catch (StorageFullException e)
        {
            Log.Full(logger, e.InnerException!);
            await FailAsync(context, new ApiException(507, "InsufficientStorage", e.Message));
        }
        catch (BadHttpRequestException e)
        {
            await FailAsync(context, new ApiException(e.StatusCode, e.StatusCode == 413 ? "RequestEntityTooLarge" : "BadRequest", e.Message));
        }
        catch (Exception e)
        {
            Log.Unhandled(logger, context.Request.Method, context.Request.Path, e);
            await FailAsync(context, new ApiException(500, "InternalError", $"Internal error occurred: {e.Message}"));
        }
    }

    /// <summary>Whether a caller may do something.</summary>
    /// <exception cref="ApiException">403.</exception>
    public void Authorize(UserInfo user, RequestAttributes attributes)
    {
        if (_authorizers.Length == 0 || user.Groups.Contains(UserInfo.MastersGroup))
        {
            return;
        }

        foreach (var authorizer in _authorizers)
        {
            if (authorizer.Authorize(user, attributes).Allowed)
            {
                return;
            }
        }

        throw Refusal(user, attributes);
    }

    private async ValueTask<UserInfo> AuthenticateAsync(HttpContext context)
    {
        foreach (var authenticator in _authenticators)
        {
            if (await authenticator.AuthenticateAsync(context, context.RequestAborted) is { } user)
            {
                return user.Groups.Contains(UserInfo.AuthenticatedGroup) || user.Groups.Contains(UserInfo.UnauthenticatedGroup)
                    ? user
                    : user with { Groups = [.. user.Groups, UserInfo.AuthenticatedGroup] };
            }
        }

        if (!options.RequireAuthentication)
        {
            return Master;
        }

        // A credential that nobody knows is told, it must not silently become somebody else.
        return context.Request.Headers.Authorization.Count > 0 ? throw ApiException.Unauthorized() : UserInfo.Anonymous;
    }

    private void AuthorizePath(HttpContext context, UserInfo user) =>
        Authorize(user, new RequestAttributes(context.Request.Method.ToLowerInvariant(), "", null, Path: context.Request.Path.Value ?? "/"));

    private static ApiException Refusal(UserInfo user, RequestAttributes a)
    {
        if (user.Groups.Contains(UserInfo.UnauthenticatedGroup))
        {
            // Kubernetes answers 403 for system:anonymous; 401 makes clients ask for a credential, which is what is missing.
            return ApiException.Unauthorized();
        }

        var what = ForbiddenMessage.For(user, a);
        return a.Resource is null
            ? new ApiException(403, "Forbidden", $"forbidden: {what}")
            : ApiException.Forbidden(a.Group, a.Resource, a.Name ?? "", what);
    }

    private static async Task FailAsync(HttpContext context, ApiException error)
    {
        if (context.Response.HasStarted)
        {
            // Half an answer is out: ending the connection is the only way to say that the rest is missing.
            context.Abort();
            return;
        }

        context.Response.Clear();
        await StatusDocument.WriteAsync(context, error);
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 101, Level = LogLevel.Error, Message = "A write was refused because no space is left")]
        public static partial void Full(ILogger logger, Exception exception);

        [LoggerMessage(EventId = 100, Level = LogLevel.Error, Message = "{Method} {Path} failed")]
        public static partial void Unhandled(ILogger logger, string method, string path, Exception exception);
    }
}
