using Microsoft.AspNetCore.Http;

namespace AeroGrid.ApiServer.Rest;

/// <summary>Serves subresources that only one resource has, such as <c>pods/log</c>. Thread-safe.</summary>
internal interface ISubresourceHandler
{
    /// <summary>The resource; see <see cref="Resources.ResourceDefinition.StorageKey"/>.</summary>
    string StorageKey { get; }

    /// <summary>Serves a request, or returns false when there is no such subresource or method.</summary>
    Task<bool> TryServeAsync(HttpContext context, WriteRequest request);
}
