using System.Net;
using System.Net.Http.Headers;
using AeroGrid.Oci.References;
using Microsoft.Extensions.Logging;

namespace AeroGrid.Oci.Distribution;

/// <summary>Sends single requests: address, authentication, attempts, limits, and exceptions instead of status codes. Thread-safe.</summary>
internal sealed partial class RegistryTransport : IDisposable
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(10);
    private readonly RegistryClientOptions options;
    private readonly ILogger logger;
    private readonly HttpClient http;
    private readonly RegistryAuthenticator authenticator;

    public RegistryTransport(RegistryClientOptions options, ILogger logger)
    {
        this.options = options;
        this.logger = logger;
        http = new HttpClient(new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(10),
            PooledConnectionLifetime = TimeSpan.FromMinutes(15),
            UseCookies = false,
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
            DefaultRequestHeaders = { { "User-Agent", "aerogrid-oci" } },
        };
        authenticator = new RegistryAuthenticator(http, options);
    }

    public void Dispose() => http.Dispose();

    /// <summary>Address of something in a repository, for example <c>blobs/uploads/</c>.</summary>
    public Uri Address(RepositoryName repository, string rest) => new(Endpoint(repository.Registry), $"v2/{repository.Path}/{rest}");

    /// <summary>Resolves the <c>Location</c> of an upload, which may be relative.</summary>
    public static Uri Location(HttpResponseMessage response) => response.Headers.Location is { } location
        ? new Uri(response.RequestMessage!.RequestUri!, location)
        : throw new RegistryException($"The registry answered {(int)response.StatusCode} without the Location header that the distribution specification asks for.", response.StatusCode);

    /// <summary>
    /// Sends a request, again while the registry does not answer or fails. The answer's body is not read yet. Status codes of success and those in
    /// <paramref name="expected"/> are returned, others thrown.
    /// </summary>
    public async Task<HttpResponseMessage> SendAsync(
        RepositoryName repository, string access, Func<HttpRequestMessage> create, HttpStatusCode[] expected, CancellationToken cancellationToken, int? attempts = null)
    {
        for (var attempt = 1; ; attempt++)
        {
            var isLast = attempt >= (attempts ?? options.Attempts);
            try
            {
                var response = await SendOnceAsync(repository, access, create, cancellationToken);
                if (response.IsSuccessStatusCode || expected.Contains(response.StatusCode))
                    return response;
                using (response)
                {
                    if (!IsTransient(response.StatusCode) || isLast)
                        throw await RegistryErrors.ToExceptionAsync(repository, response, cancellationToken);
                    Log.Retrying(logger, repository, $"it answered {(int)response.StatusCode}", attempt);
                    await WaitAsync(attempt, response.Headers.RetryAfter, cancellationToken);
                }
            }
            catch (Exception e) when (IsConnectionFailure(e) && !cancellationToken.IsCancellationRequested)
            {
                if (isLast)
                    throw Unreachable(repository, e);
                Log.Retrying(logger, repository, e.Message, attempt);
                await WaitAsync(attempt, null, cancellationToken);
            }
        }
    }

    /// <summary>Failures of the connection, which say nothing about the request.</summary>
    public static bool IsConnectionFailure(Exception e) => e is HttpRequestException or IOException or TimeoutException;

    public RegistryUnavailableException Unreachable(RepositoryName repository, Exception inner) =>
        new($"The registry {repository.Registry} at {Endpoint(repository.Registry)} cannot be reached: {inner.Message}", null, inner);

    /// <summary>Waits before attempt number <paramref name="attempt"/> + 1.</summary>
    public Task WaitAsync(int attempt, RetryConditionHeaderValue? retryAfter, CancellationToken cancellationToken)
    {
        var delay = retryAfter?.Delta ?? options.RetryDelay * Math.Pow(2, attempt - 1) * (0.5 + Random.Shared.NextDouble());
        return Task.Delay(delay < LongestDelay ? delay : LongestDelay, options.TimeProvider, cancellationToken);
    }

    /// <summary>Runs something that must end in time.</summary>
    public async Task<T> LimitAsync<T>(TimeSpan limit, Func<CancellationToken, Task<T>> action, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(limit, options.TimeProvider);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            return await action(linked.Token);
        }
        catch (OperationCanceledException e) when (timer.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"no answer within {limit.TotalSeconds:0.#} s", e);
        }
    }

    private async Task<HttpResponseMessage> SendOnceAsync(
        RepositoryName repository, string access, Func<HttpRequestMessage> create, CancellationToken cancellationToken)
    {
        var scope = $"repository:{repository.Path}:{access}";
        for (var isSecond = false; ; isSecond = true)
        {
            using var request = create();
            var isOwn = request.RequestUri!.GetLeftPart(UriPartial.Authority) == Endpoint(repository.Registry).GetLeftPart(UriPartial.Authority);
            // Uploads may be directed elsewhere, to a place with its own way to know us.
            if (isOwn)
                request.Headers.Authorization = authenticator.Header(repository.Registry, scope);
            var size = request.Content?.Headers.ContentLength ?? 0;
            var limit = options.Timeout + TimeSpan.FromSeconds(size / options.SlowestUpload);
            var response = await LimitAsync(
                limit, token => http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token), cancellationToken);
            if (response.StatusCode != HttpStatusCode.Unauthorized || !isOwn || isSecond)
                return response;

            if (!await AnswerChallengeAsync(repository.Registry, scope, request.Headers.Authorization, response, cancellationToken))
                return response;
            response.Dispose();
        }
    }

    private async Task<bool> AnswerChallengeAsync(
        string registry, string scope, AuthenticationHeaderValue? refused, HttpResponseMessage unauthorized, CancellationToken cancellationToken)
    {
        try
        {
            return await LimitAsync(options.Timeout, token => authenticator.AnswerAsync(registry, scope, refused, unauthorized, token), cancellationToken);
        }
        catch
        {
            unauthorized.Dispose();
            throw;
        }
    }

    private Uri Endpoint(string registry) =>
        options.Endpoints.TryGetValue(registry, out var address) ? WithSlash(address) : new Uri($"https://{registry}/");

    private static Uri WithSlash(Uri address) => address.AbsoluteUri.EndsWith('/') ? address : new Uri(address.AbsoluteUri + "/");

    // 507 is a full disk: it does not get better within a second.
    private static bool IsTransient(HttpStatusCode status) =>
        status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or HttpStatusCode.InternalServerError
            or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "Asking for {Repository} again after attempt {Attempt}: {Reason}")]
        public static partial void Retrying(ILogger logger, RepositoryName repository, string reason, int attempt);
    }
}
