using AeroGrid.Gateway.Hosting;
using AeroGrid.Gateway.Observability;
using AeroGrid.Gateway.Policies;
using AeroGrid.Gateway.Problems;

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AeroGrid.Gateway.Ingress;

/// <summary>
/// The way of a request:
/// <code>
/// limits -> path -> route -> redirect | destination -> token -> policy -> endpoint -> app
///   431      400     404                    503         401      403       503      502 504
/// </code>
/// Path, policy and app see the same path: <see cref="RequestPath"/> brings it into one form first.
/// </summary>
internal sealed class GatewayPipeline(
    GatewayState state, AppForwarder forwarder, GatewayMetrics metrics, IAccessLog accessLog, GatewayOptions options)
{
    private readonly GatewayLimits limits = options.Limits;
    private int upgraded;

    public async Task InvokeAsync(HttpContext context)
    {
        var started = options.TimeProvider.GetTimestamp();
        var exchange = new Exchange { Client = context.Connection.RemoteIpAddress, Trace = TraceContext.Of(context.Request.Headers) };
        context.Features.Set(exchange);
        metrics.Begin();
        try
        {
            if (await CheckAsync(context, exchange).ConfigureAwait(false) is { } problem)
                await ProblemWriter.WriteAsync(context, exchange, problem).ConfigureAwait(false);
            else if (exchange.Route!.Redirect is { } redirect)
                Redirect(context, exchange, redirect);
            else
                await ForwardAsync(context, exchange).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            exchange.Problem = "client-gone";
        }
        finally
        {
            var duration = options.TimeProvider.GetElapsedTime(started);
            metrics.End(context, exchange, duration);
            accessLog.Write(context, exchange, duration);
        }
    }

    /// <summary>Everything that is decided before a request is forwarded.</summary>
    /// <returns>Null when it may go on.</returns>
    private async ValueTask<Problem?> CheckAsync(HttpContext context, Exchange exchange)
    {
        if (state.Current is not { } snapshot)
            return GatewayProblems.NotReady;
        if (CheckLimits(context) is { } exceeded)
            return exceeded;

        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (!RequestPath.TryParse(target, out var path, out var query, out var reason))
            return GatewayProblems.BadPath(reason!);
        (exchange.Path, exchange.Query) = (path, query);
        if (snapshot.Routes.Find(context.Request, path, query) is not { } entry)
            return GatewayProblems.UnknownApp(path);

        var route = exchange.Route = entry.Route;
        if (route.Redirect is not null)
            return null;
        exchange.ForwardedPath = route.Forwarded(path, entry.Condition, out var removed);
        exchange.RemovedPrefix = removed;
        var destination = exchange.Destination = route.Choose();
        var backend = destination!.Service.State;
        if (backend.Port(destination.Port) is not { } port)
            return GatewayProblems.ServiceMissing;

        var policy = backend.Policy(snapshot.Policies, destination.Service.Service.Namespace!);
        var authentication = await policy.Authenticator.AuthenticateAsync(
            context.Request.Headers, context.Features.Get<Auth.TokenMemory>(), context.RequestAborted).ConfigureAwait(false);
        if (authentication.Failure != Auth.TokenFailure.None)
            return GatewayProblems.BadToken(authentication.Failure);
        (exchange.Identity, exchange.ConsumedHeader) = (authentication.Identity, authentication.ConsumedHeader);
        return policy.Allows(new AuthorizationRequest(
            authentication.Identity, context.Request.Method, exchange.ForwardedPath, context.Request.Host.Value ?? "", port.WorkloadPort, context.Request.Headers))
            ? null
            : Refusal(policy, authentication.Identity is not null);
    }

    /// <summary>Without a token the answer is how to get in; with one, that it does not help.</summary>
    private static Problem Refusal(WorkloadPolicy policy, bool hasIdentity) =>
        hasIdentity ? GatewayProblems.Forbidden : policy.Authenticator.HasRules ? GatewayProblems.NoToken : GatewayProblems.NotOpen;

    private Problem? CheckLimits(HttpContext context)
    {
        var request = context.Request;
        var feature = context.Features.GetRequiredFeature<IHttpRequestFeature>();
        if (feature.RawTarget.Length > limits.RequestTargetLength)
            return GatewayProblems.TargetTooLong;
        if (HttpMethods.IsConnect(request.Method) && context.Features.Get<IHttpExtendedConnectFeature>() is not { IsExtendedConnect: true, Protocol: "websocket" })
            return GatewayProblems.MethodNotSupported;
        if (request.Headers.Count > limits.RequestHeaderCount)
            return GatewayProblems.HeadersTooLarge;
        var bytes = 0;
        foreach (var (name, values) in request.Headers)
        {
            foreach (var value in values)
                bytes += name.Length + (value?.Length ?? 0) + 4;
        }

        if (bytes > limits.RequestHeadersBytes)
            return GatewayProblems.HeadersTooLarge;

        // Kestrel takes Transfer-Encoding and renames Content-Length; RFC 9112 section 6.1 lets a server refuse, and smuggling lives from the doubt.
        if (request.Headers.ContainsKey("X-Content-Length") && request.Headers.TransferEncoding.Count > 0)
            return GatewayProblems.AmbiguousFraming;
        return request.ContentLength > limits.RequestBodyBytes ? GatewayProblems.BodyTooLarge(limits.RequestBodyBytes) : null;
    }

    private static void Redirect(HttpContext context, Exchange exchange, RouteRedirect redirect)
    {
        context.Response.StatusCode = redirect.StatusCode;
        context.Response.Headers.Location = redirect.Location(context.Request.Scheme, context.Request.Host.Value ?? "", exchange.Path, exchange.Query);
    }

    private Task ForwardAsync(HttpContext context, Exchange exchange) =>
        IsWebSocket(context) ? ForwardUpgradeAsync(context, exchange) : forwarder.ForwardAsync(context, exchange);

    private async Task ForwardUpgradeAsync(HttpContext context, Exchange exchange)
    {
        try
        {
            if (Interlocked.Increment(ref upgraded) > limits.UpgradedConnections)
                await ProblemWriter.WriteAsync(context, exchange, GatewayProblems.TooManyUpgrades).ConfigureAwait(false);
            else
                await forwarder.ForwardAsync(context, exchange).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref upgraded);
        }
    }

    /// <summary>
    /// Only WebSockets are upgraded. Any other protocol (<c>h2c</c> above all) would be a tunnel through which requests pass without being checked,
    /// so its Upgrade header is not forwarded and the request is an ordinary one.
    /// </summary>
    private static bool IsWebSocket(HttpContext context)
    {
        if (context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true })
            return true;
        var upgrade = context.Request.Headers.Upgrade;
        if (upgrade.Count == 0)
            return false;
        if (string.Equals(upgrade.ToString(), "websocket", StringComparison.OrdinalIgnoreCase))
            return true;
        context.Request.Headers.Remove("Upgrade");
        return false;
    }
}
