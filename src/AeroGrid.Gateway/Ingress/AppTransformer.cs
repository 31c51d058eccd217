using System.Globalization;
using System.Text;

using AeroGrid.Gateway.Observability;

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

using Yarp.ReverseProxy.Forwarder;

namespace AeroGrid.Gateway.Ingress;

/// <summary>Makes the request that an app gets, and the answer that the client gets. Stateless: everything about a request is in its <see cref="Exchange"/>.</summary>
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

        CopyHeaders(httpContext.Request, proxyRequest, exchange);
        AddOwnHeaders(httpContext, proxyRequest, exchange);
        var changes = exchange.Route!.RequestHeaders;
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
        if (!exchange.Route!.ResponseHeaders.IsEmpty)
            Apply(exchange.Route.ResponseHeaders, headers);
        if (!exchange.Destination!.ResponseHeaders.IsEmpty)
            Apply(exchange.Destination.ResponseHeaders, headers);
        if (copy && headers.ContentLength is null && httpContext.Response.StatusCode >= 200)
        {
            httpContext.Features.Set<IHttpResponseBodyFeature>(
                exchange.CountedBytes = new CountingBody(httpContext.Features.GetRequiredFeature<IHttpResponseBodyFeature>()));
            if (proxyResponse is { Version.Major: 1 })
                proxyResponse.Content = new PromptContent(proxyResponse.Content, httpContext.Response);
        }

        return copy;
    }

    private static void CopyHeaders(HttpRequest request, HttpRequestMessage message, Exchange exchange)
    {
        var listed = ListedByConnection(request.Headers.Connection);
        foreach (var (name, values) in request.Headers)
        {
            if (!HeaderRules.IsForwarded(name)
                || (exchange.ConsumedHeader is { } consumed && name.Equals(consumed, StringComparison.OrdinalIgnoreCase))
                || (listed is not null && listed.Contains(name)))
            {
                continue;
            }

            Add(message, name, values);
        }

        if (message.Content is null && request.ContentType is { } type)
            message.Options.Set(AppClient.ContentType, type);

        // The one value of TE that goes end to end: gRPC asks for it (RFC 9113 section 8.2.2).
        if (exchange.IsHttp2 && request.Headers.TE.ToString().Contains("trailers", StringComparison.OrdinalIgnoreCase))
            message.Headers.TryAddWithoutValidation(HeaderNames.TE, "trailers");
    }

    /// <summary>
    /// Headers that <c>Connection</c> declares to be of this connection only; never the ones that frame the message. Where it also says
    /// close or keep-alive, Kestrel keeps only that; the rest then passes, which takes nothing from the app.
    /// </summary>
    private static HashSet<string>? ListedByConnection(StringValues connection)
    {
        if (connection.Count == 0 || connection is [{ } only] && only.Equals("keep-alive", StringComparison.OrdinalIgnoreCase))
            return null;
        var listed = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in connection)
            listed.UnionWith((line ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        listed.Remove(HeaderNames.ContentLength);
        return listed;
    }

    private static void AddOwnHeaders(HttpContext context, HttpRequestMessage message, Exchange exchange)
    {
        var headers = message.Headers;
        var host = context.Request.Host.Value;
        headers.Host = exchange.Route!.RewriteAuthority ?? host;
        if (exchange.Client is { } client)
            headers.TryAddWithoutValidation("X-Forwarded-For", client.IsIPv4MappedToIPv6 ? client.MapToIPv4().ToString() : client.ToString());
        headers.TryAddWithoutValidation("X-Forwarded-Proto", context.Request.Scheme);
        if (!string.IsNullOrEmpty(host))
            headers.TryAddWithoutValidation("X-Forwarded-Host", host);
        if (exchange.RemovedPrefix.Length > 0)
            headers.TryAddWithoutValidation("X-Forwarded-Prefix", exchange.RemovedPrefix);
        headers.TryAddWithoutValidation("X-Aerogrid-Tenant", exchange.Destination!.Service.Service.Namespace);
        headers.TryAddWithoutValidation("X-Aerogrid-App", HeaderText(exchange.Route.App));
        if (exchange.Identity is { } identity)
        {
            headers.TryAddWithoutValidation("X-Aerogrid-User", HeaderText(identity.UserName));
            headers.TryAddWithoutValidation("X-Aerogrid-Subject", HeaderText(identity.Subject));
        }

        if (exchange.Trace.IsNew)
        {
            headers.Remove("traceparent");
            headers.Remove("tracestate");
            headers.TryAddWithoutValidation("traceparent", exchange.Trace.ToString());
        }
    }

    /// <summary>A header is printable ASCII; anything else of a name is percent-encoded UTF-8 (as RFC 8187 does), and so is the percent sign.</summary>
    internal static string HeaderText(string text)
    {
        if (text.AsSpan().IndexOfAnyExceptInRange('!', '~') < 0 && !text.Contains('%'))
            return text;
        var encoded = new StringBuilder(text.Length + 16);
        foreach (var b in Encoding.UTF8.GetBytes(text))
        {
            if (b is > (byte)' ' and <= (byte)'~' and not (byte)'%')
                encoded.Append((char)b);
            else
                encoded.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
        }

        return encoded.ToString();
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

    private static void Apply(HeaderChanges changes, IHeaderDictionary headers)
    {
        foreach (var name in changes.Remove)
            headers.Remove(name);
        foreach (var (name, value) in changes.Set)
            headers[name] = value;
        foreach (var (name, value) in changes.Add)
            headers.Append(name, value);
    }
}
