using AeroGrid.Gateway.Ingress;

using Microsoft.AspNetCore.Http;

namespace AeroGrid.Gateway.Observability;

/// <summary>Gets one entry for each request, after its end. Must not hold up the request. Thread-safe.</summary>
internal interface IAccessLog
{
    void Write(HttpContext context, Exchange exchange, TimeSpan duration);
}
