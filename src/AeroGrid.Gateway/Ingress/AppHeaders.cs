using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace AeroGrid.Gateway.Ingress;

/// <summary>Takes the headers of a request to an app.</summary>
internal interface IAppHeaders
{
    void Add(string name, in StringValues values);
}

/// <summary>The headers that an app gets: those of the client that may pass, and those by which the gateway says who asks and how. Host is not among them.</summary>
internal static class AppHeaders
{
    public static void Write<T>(HttpContext context, Exchange exchange, ref T headers)
        where T : struct, IAppHeaders
    {
        Copy(context.Request, exchange, ref headers);
        AddOwn(context, exchange, ref headers);
    }

    private static void Copy<T>(HttpRequest request, Exchange exchange, ref T headers)
        where T : struct, IAppHeaders
    {
        var listed = ListedByConnection(request.Headers.Connection);
        foreach (var (name, values) in request.Headers)
        {
            if (!HeaderRules.IsForwarded(name)
                || (exchange.ConsumedHeader is { } consumed && name.Equals(consumed, StringComparison.OrdinalIgnoreCase))
                || (listed is not null && listed.Contains(name))
                || (exchange.Trace.IsNew && IsTrace(name)))
            {
                continue;
            }

            headers.Add(name, values);
        }

        // The one value of TE that goes end to end: gRPC asks for it (RFC 9113 section 8.2.2).
        if (exchange.IsHttp2 && request.Headers.TE.ToString().Contains("trailers", StringComparison.OrdinalIgnoreCase))
            headers.Add(HeaderNames.TE, "trailers");
    }

    private static bool IsTrace(string name) =>
        name.Equals(HeaderNames.TraceParent, StringComparison.OrdinalIgnoreCase) || name.Equals(HeaderNames.TraceState, StringComparison.OrdinalIgnoreCase);

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

    private static void AddOwn<T>(HttpContext context, Exchange exchange, ref T headers)
        where T : struct, IAppHeaders
    {
        var host = context.Request.Host.Value;
        if (exchange.Client is { } client)
            headers.Add("X-Forwarded-For", client.IsIPv4MappedToIPv6 ? client.MapToIPv4().ToString() : client.ToString());
        headers.Add("X-Forwarded-Proto", context.Request.Scheme);
        if (!string.IsNullOrEmpty(host))
            headers.Add("X-Forwarded-Host", host);
        if (exchange.RemovedPrefix.Length > 0)
            headers.Add("X-Forwarded-Prefix", exchange.RemovedPrefix);
        headers.Add("X-Aerogrid-Tenant", exchange.Destination!.Service.Service.Namespace);
        headers.Add("X-Aerogrid-App", HeaderText.Of(exchange.Route!.App));
        if (exchange.Identity is { } identity)
        {
            headers.Add("X-Aerogrid-User", HeaderText.Of(identity.UserName));
            headers.Add("X-Aerogrid-Subject", HeaderText.Of(identity.Subject));
        }

        if (exchange.Trace.IsNew)
            headers.Add(HeaderNames.TraceParent, exchange.Trace.ToString());
    }
}
