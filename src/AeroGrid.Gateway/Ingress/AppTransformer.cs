using AeroGrid.Gateway.Observability;

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

using Yarp.ReverseProxy.Forwarder;

namespace AeroGrid.Gateway.Ingress;

/// <summary>Makes the request that an app gets, and the answer that the client gets, where YARP forwards. Stateless: everything about a request is in its <see cref="Exchange"/>.</summary>
internal sealed class AppTransformer : HttpTransformer
{
    private static readonly UriCreationOptions Verbatim = new() { DangerousDisablePathAndQueryCanonicalization = true };

    public override ValueTask TransformRequestAsync(
        HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        var exchange = httpContext.Features.GetRequiredFeature<Exchange>();

        // The path has one form already; Uri must not bring it into another one.
        Uri.TryCreate(string.Concat(destinationPrefix, exchange.ForwardedPath, exchange.Query), Verbatim, out var address);
        proxyRequest.RequestUri = address;

        var headers = new MessageHeaders(proxyRequest);
        AppHeaders.Write(httpContext, exchange, ref headers);
        proxyRequest.Headers.Host = exchange.Route!.RewriteAuthority ?? httpContext.Request.Host.Value;
        if (proxyRequest.Content is null && httpContext.Request.ContentType is { } type)
            proxyRequest.Options.Set(AppClient.ContentType, type);
        var changes = exchange.Route.RequestHeaders;
        if (!changes.IsEmpty)
            Apply(changes, proxyRequest);
        changes = exchange.Destination!.RequestHeaders;
        if (!changes.IsEmpty)
            Apply(changes, proxyRequest);
        return default;
    }

    public override async ValueTask<bool> TransformResponseAsync(
        HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        var copy = await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken).ConfigureAwait(false);
        var headers = httpContext.Response.Headers;
        foreach (var name in HeaderRules.OriginWide)
            headers.Remove(name);
        var exchange = httpContext.Features.GetRequiredFeature<Exchange>();
        exchange.Route!.ResponseHeaders.ApplyTo(headers);
        exchange.Destination!.ResponseHeaders.ApplyTo(headers);
        if (copy && headers.ContentLength is null && httpContext.Response.StatusCode >= 200)
        {
            httpContext.Features.Set<IHttpResponseBodyFeature>(
                exchange.CountedBytes = new CountingBody(httpContext.Features.GetRequiredFeature<IHttpResponseBodyFeature>()));
            if (proxyResponse is { Version.Major: 1 })
                proxyResponse.Content = new PromptContent(proxyResponse.Content, httpContext.Response);
        }

        return copy;
    }

    private static void Add(HttpRequestMessage message, string name, in StringValues values)
    {
        if (values.Count == 1)
        {
            if (!message.Headers.TryAddWithoutValidation(name, values[0]))
                message.Content?.Headers.TryAddWithoutValidation(name, values[0]);
        }
        else if (!message.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
        {
            message.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }
    }

    private static void Apply(HeaderChanges changes, HttpRequestMessage message)
    {
        foreach (var name in changes.Remove)
            Remove(message, name);
        foreach (var (name, value) in changes.Set)
        {
            if (name.Equals(HeaderChanges.Authority, StringComparison.OrdinalIgnoreCase) || name.Equals(HeaderNames.Host, StringComparison.OrdinalIgnoreCase))
            {
                message.Headers.Host = value;
                continue;
            }

            Remove(message, name);
            Add(message, name, value);
        }

        foreach (var (name, value) in changes.Add)
            Add(message, name, value);
    }

    private static void Remove(HttpRequestMessage message, string name)
    {
        // Each collection refuses names of the other one.
        if (message.Headers.NonValidated.Contains(name))
            message.Headers.Remove(name);
        else if (message.Content is { } content && content.Headers.NonValidated.Contains(name))
            content.Headers.Remove(name);
    }

    private readonly struct MessageHeaders(HttpRequestMessage message) : IAppHeaders
    {
        public void Add(string name, in StringValues values) => AppTransformer.Add(message, name, values);
    }
}
