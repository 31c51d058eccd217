using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Resources;

namespace AeroGrid.ApiServer.Patch;

/// <summary>Applies patches other than server-side apply. Pure; thread-safe.</summary>
public interface IPatcher
{
    /// <summary>Returns the patched copy of an object.</summary>
    /// <param name="definition">The resource in the version of the request; strategic merge needs its schema.</param>
    /// <param name="kind">Which patch format.</param>
    /// <param name="live">The stored object. Not changed.</param>
    /// <param name="patch">The decoded body.</param>
    /// <exception cref="Errors.ApiException">
    /// 400 for a malformed patch, 422 for a JSON patch that does not fit (a failed <c>test</c>, a missing path), 415 for strategic merge of a
    /// custom resource.
    /// </exception>
    JsonObject Apply(ResourceDefinition definition, PatchKind kind, JsonObject live, JsonNode patch);
}

/// <summary>Patch formats by content type.</summary>
public enum PatchKind
{
    /// <summary><c>application/json-patch+json</c>, RFC 6902.</summary>
    Json,

    /// <summary><c>application/merge-patch+json</c>, RFC 7386.</summary>
    Merge,

    /// <summary><c>application/strategic-merge-patch+json</c>.</summary>
    StrategicMerge,
}
