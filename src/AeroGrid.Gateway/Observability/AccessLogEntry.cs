using AeroGrid.Gateway.Ingress;

using Microsoft.AspNetCore.Http;

namespace AeroGrid.Gateway.Observability;

/// <summary>A line of the access log. It has no query (queries carry secrets) and no name of a person.</summary>
/// <param name="Time">When the request ended.</param>
/// <param name="Tenant">The VirtualService's namespace.</param>
/// <param name="App">The app.</param>
/// <param name="Method">The method.</param>
/// <param name="Path">The normalized path.</param>
/// <param name="Protocol">For example <c>HTTP/2</c>.</param>
/// <param name="Status">The status.</param>
/// <param name="Duration">From the request's headers to the answer's end.</param>
/// <param name="Bytes">Bytes of the answer's body; null when unknown.</param>
/// <param name="User">Tells users apart without naming them.</param>
/// <param name="Trace">The trace id.</param>
/// <param name="Problem">The problem that the gateway answered with.</param>
internal readonly record struct AccessLogEntry(
    DateTimeOffset Time,
    string? Tenant,
    string? App,
    string Method,
    string Path,
    string Protocol,
    int Status,
    TimeSpan Duration,
    long? Bytes,
    string? User,
    string Trace,
    string? Problem)
{
    public static AccessLogEntry Of(HttpContext context, Exchange exchange, TimeSpan duration, DateTimeOffset now) => new(
        now,
        exchange.Route?.Source.Namespace,
        exchange.Route?.App,
        context.Request.Method,
        exchange.Path,
        context.Request.Protocol,
        context.Response.StatusCode,
        duration,
        exchange.StreamedBytes ?? exchange.CountedBytes?.Count ?? context.Response.ContentLength,
        exchange.Identity?.UserHash,
        exchange.Trace.TraceId,
        exchange.Problem);
}
