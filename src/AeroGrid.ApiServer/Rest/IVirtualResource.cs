using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Authentication;

namespace AeroGrid.ApiServer.Rest;

/// <summary>
/// A resource that is computed and never stored, such as SubjectAccessReview: its definition has the one verb <c>create</c>. Thread-safe.
/// </summary>
public interface IVirtualResource
{
    /// <summary>See <see cref="Resources.ResourceDefinition.StorageKey"/>.</summary>
    string StorageKey { get; }

    /// <summary>Answers a POST: the body with its status filled in.</summary>
    /// <param name="body">The decoded, validated body.</param>
    /// <param name="user">Who asks.</param>
    /// <param name="namespaceName">Namespace of the URL; null for cluster-scoped ones.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    ValueTask<JsonObject> CreateAsync(JsonObject body, UserInfo user, string? namespaceName, CancellationToken cancellationToken);
}
