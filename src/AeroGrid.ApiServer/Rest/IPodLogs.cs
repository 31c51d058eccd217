using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace AeroGrid.ApiServer.Rest;

/// <summary>Serves the <c>log</c> subresource of pods from the kubelet of the pod's node. Thread-safe.</summary>
public interface IPodLogs
{
    /// <summary>Writes the whole response, following it where asked to.</summary>
    /// <param name="context">The request; query parameters as in the Kubernetes API.</param>
    /// <param name="pod">The pod, which exists.</param>
    /// <exception cref="Errors.ApiException">No such container, no logs yet, the kubelet does not answer.</exception>
    Task ServeAsync(HttpContext context, JsonObject pod);
}
