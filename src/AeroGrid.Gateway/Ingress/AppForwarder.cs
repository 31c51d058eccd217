using System.Net;

using AeroGrid.Gateway.Forwarding;
using AeroGrid.Gateway.Hosting;
using AeroGrid.Gateway.Observability;
using AeroGrid.Gateway.Problems;

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

using Yarp.ReverseProxy.Forwarder;

namespace AeroGrid.Gateway.Ingress;

/// <summary>
/// Forwards a request, directly or with YARP, to one endpoint of its destination. When an endpoint refuses the connection, nothing has been sent, and another one is
/// tried whatever the method. When a connection breaks before an answer, only requests that are safe and have no body are sent again.
/// </summary>
internal sealed partial class AppForwarder(
    IHttpForwarder forwarder, DirectForwarder direct, GatewayOptions options, GatewayMetrics metrics, ILogger logger) : IDisposable
{
    private const int MaximumAttempts = 3;

    /// <summary>How long an endpoint that refused a connection comes after others.</summary>
    private static readonly TimeSpan AvoidFor = TimeSpan.FromSeconds(2);

    private readonly HttpMessageInvoker client = AppClient.Create(options.Limits.ConnectTimeout);
    private readonly AppTransformer transformer = new();
    private readonly ForwarderRequestConfig http1 = new()
    {
        Version = HttpVersion.Version11,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        ActivityTimeout = options.Limits.IdleTimeout,
    };

    private readonly ForwarderRequestConfig http2 = new()
    {
        Version = HttpVersion.Version20,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        ActivityTimeout = options.Limits.IdleTimeout,
    };

    /// <summary>Forwards, and answers with a problem when that fails before an answer has begun.</summary>
    public Task ForwardAsync(HttpContext context, Exchange exchange) => exchange.Route!.Timeout is { } timeout
        ? ForwardInTimeAsync(context, exchange, timeout)
        : ForwardAsync(context, exchange, CancellationToken.None);

    public void Dispose()
    {
        client.Dispose();
        direct.Dispose();
    }

    private async Task ForwardInTimeAsync(HttpContext context, Exchange exchange, TimeSpan timeout)
    {
        using var limit = new CancellationTokenSource(timeout, options.TimeProvider);
        await ForwardAsync(context, exchange, limit.Token).ConfigureAwait(false);
    }

    private async Task ForwardAsync(HttpContext context, Exchange exchange, CancellationToken limit)
    {
        List<Endpoint>? tried = null;
        for (var attempt = 1; ; attempt++)
        {
            var destination = exchange.Destination!;

            // Read anew for each attempt: the endpoint that refused may have been replaced by now.
            var port = destination.Service.State.Port(destination.Port);
            if (port is null || LoadBalancer.Choose(port.Endpoints, tried, options.TimeProvider) is not { } endpoint)
            {
                await ProblemWriter.WriteAsync(context, exchange, attempt == 1 ? GatewayProblems.NoEndpoint : GatewayProblems.Unreachable).ConfigureAwait(false);
                return;
            }

            (exchange.Endpoint, exchange.IsHttp2) = (endpoint, port.IsHttp2);
            endpoint.Begin();
            ForwardOutcome outcome;
            try
            {
                outcome = endpoint.Address is { } address && DirectForwarder.Takes(context, exchange, port)
                    ? await direct.SendAsync(context, exchange, address, limit).ConfigureAwait(false)
                    : await SendWithYarpAsync(context, endpoint, port, limit).ConfigureAwait(false);
            }
            finally
            {
                endpoint.End();
            }

            var (error, failure, refused) = outcome;
            if (error == ForwarderError.None)
                return;
            if (refused)
                endpoint.Avoid(options.TimeProvider.GetUtcNow() + AvoidFor);
            var again = attempt < MaximumAttempts
                && !context.Response.HasStarted
                && !context.RequestAborted.IsCancellationRequested
                && !limit.IsCancellationRequested
                && (refused || (error == ForwarderError.Request && IsRepeatable(context)));
            if (!again)
            {
                await FailAsync(context, exchange, error, failure, refused, limit.IsCancellationRequested).ConfigureAwait(false);
                return;
            }

            metrics.Retried(exchange, refused);
            Log.Retrying(logger, endpoint.Origin, exchange.Route!.Source.ToString(), failure?.Message);
            (tried ??= []).Add(endpoint);
            context.Response.Clear();
            context.Features.Set<IForwarderErrorFeature>(null);
        }
    }

    private async ValueTask<ForwardOutcome> SendWithYarpAsync(HttpContext context, Endpoint endpoint, BackendPort port, CancellationToken limit)
    {
        var error = await forwarder.SendAsync(context, endpoint.Origin, client, port.IsHttp2 ? http2 : http1, transformer, limit).ConfigureAwait(false);
        if (error == ForwarderError.None)
            return ForwardOutcome.Done;
        var failure = context.Features.Get<IForwarderErrorFeature>()?.Exception;
        return new(error, failure, IsConnectFailure(error, failure));
    }

    private async Task FailAsync(HttpContext context, Exchange exchange, ForwarderError error, Exception? failure, bool refused, bool late)
    {
        if (context.RequestAborted.IsCancellationRequested && !late)
        {
            // The client is gone; nobody reads an answer. 499 is what access logs call it since nginx.
            exchange.Problem = "client-gone";
            if (!context.Response.HasStarted)
                context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return;
        }

        var problem = error switch
        {
            _ when late => GatewayProblems.Timeout,
            ForwarderError.RequestTimedOut => GatewayProblems.Timeout,
            ForwarderError.RequestBodyClient => BodyProblem(failure),
            _ when refused => GatewayProblems.Unreachable,
            _ => GatewayProblems.BrokenAnswer,
        };
        Log.Failed(logger, exchange.Endpoint!.Origin, exchange.Route!.Source.ToString(), error, failure?.Message);
        if (!context.Response.HasStarted)
        {
            await ProblemWriter.WriteAsync(context, exchange, problem).ConfigureAwait(false);
            return;
        }

        // A broken connection is all that tells the client that this is not the whole answer.
        exchange.Problem = problem.Slug;
        context.Abort();
    }

    private Problem BodyProblem(Exception? failure) => Find<BadHttpRequestException>(failure)?.StatusCode switch
    {
        StatusCodes.Status413PayloadTooLarge => GatewayProblems.BodyTooLarge(options.Limits.RequestBodyBytes),
        StatusCodes.Status408RequestTimeout => GatewayProblems.BodyTooSlow,
        _ => GatewayProblems.BodyBroken,
    };

    /// <summary>Nothing was sent: the endpoint refused the connection, or did not take it in time.</summary>
    private static bool IsConnectFailure(ForwarderError error, Exception? failure) =>
        error is ForwarderError.Request or ForwarderError.RequestTimedOut && failure switch
        {
            HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => true,

            // How SocketsHttpHandler tells that ConnectTimeout passed.
            OperationCanceledException { InnerException: TimeoutException } => true,
            _ => false,
        };

    /// <summary>Safe methods (RFC 9110 section 9.2.1) without a body; a body may have been read to its end already.</summary>
    private static bool IsRepeatable(HttpContext context) =>
        context.Request.Method is "GET" or "HEAD" or "OPTIONS"
        && context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false };

    private static T? Find<T>(Exception? exception)
        where T : Exception => exception switch
        {
            null => null,
            T found => found,
            AggregateException many => many.InnerExceptions.Select(Find<T>).FirstOrDefault(found => found is not null),
            _ => Find<T>(exception.InnerException),
        };

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Debug, "{Endpoint} of {Route} failed, trying another one: {Reason}")]
        public static partial void Retrying(ILogger logger, string endpoint, string route, string? reason);

        [LoggerMessage(LogLevel.Information, "Forwarding to {Endpoint} of {Route} failed ({Error}): {Reason}")]
        public static partial void Failed(ILogger logger, string endpoint, string route, ForwarderError error, string? reason);
    }
}
