using AeroGrid.Client.Errors;
using Grpc.Core;

namespace AeroGrid.Client.Grids;

/// <summary>Turns failures of calls into exceptions that say what to do.</summary>
internal static class GridFailure
{
    /// <param name="exception">The failure of the call.</param>
    /// <param name="app">The app's address or name, for the message.</param>
    public static AeroGridException Of(RpcException exception, string app)
    {
        var detail = exception.Status.Detail;
        return exception.StatusCode switch
        {
            StatusCode.NotFound => new NotFoundException(detail.Length > 0 ? detail : $"{app} has no such grid", exception),
            StatusCode.InvalidArgument => new InvalidRequestException(detail, innerException: exception),
            StatusCode.Unauthenticated => new SignInException($"{app} does not accept the token; sign in again", exception),
            StatusCode.PermissionDenied => new AccessDeniedException($"the token does not allow calling {app}: its tenants must have the app's; ask the tenant's administrator", exception),
            StatusCode.Unimplemented => NoGrids(),
            StatusCode.Unknown when IsNoGrpc(detail) => NoGrids(),
            StatusCode.Unavailable when exception.Status.DebugException is HttpRequestException { InnerException: System.Net.Sockets.SocketException } =>
                new UnreachableException($"{app} cannot be reached; is the platform running?", exception),
            StatusCode.Unavailable => new AppNotReadyException($"{app} does not answer at the moment: it is updated, stopped or has failed ({detail}); `aerogrid apps` tells", exception),
            _ => new UnreachableException($"the connection to {app} broke ({exception.StatusCode}: {detail})", exception),
        };

        NotFoundException NoGrids() => new($"{app} serves no grids; it is another kind of app, or its address is wrong ({detail})", exception);
    }

    /// <summary>How the gRPC client tells that it got an answer of another protocol.</summary>
    private static bool IsNoGrpc(string detail) => detail.StartsWith("Bad gRPC response", StringComparison.Ordinal);

    /// <summary>Whether waiting mends it.</summary>
    public static bool IsTransient(AeroGridException exception) => exception is UnreachableException or AppNotReadyException;
}
