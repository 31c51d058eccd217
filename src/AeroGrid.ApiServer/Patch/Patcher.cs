using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Resources;

namespace AeroGrid.ApiServer.Patch;

/// <summary>Chooses the format.</summary>
internal sealed class Patcher : IPatcher
{
    /// <summary>More operations than this in one JSON patch are refused, as Kubernetes does.</summary>
    private const int MostOperations = 10_000;

    /// <inheritdoc/>
    public JsonObject Apply(ResourceDefinition definition, PatchKind kind, JsonObject live, JsonNode patch)
    {
        switch (kind)
        {
            case PatchKind.Json:
                if (patch is not JsonArray operations)
                {
                    throw ApiException.BadRequest("a JSON patch (RFC 6902) is an array of operations");
                }

                if (operations.Count > MostOperations)
                {
                    throw new ApiException(
                        413, "RequestEntityTooLarge", $"The allowed maximum operations in a JSON patch is {MostOperations}, got {operations.Count}: split the patch");
                }

                return JsonPatch.Apply(live, operations) as JsonObject ?? throw ApiException.BadRequest("the patch makes the object something else than an object");

            case PatchKind.Merge:
                return MergePatch.Apply(live, AsObject(patch));

            case PatchKind.StrategicMerge when definition.IsCustom:
                throw new ApiException(
                    415, "UnsupportedMediaType",
                    "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml");

            default:
                return StrategicMergePatch.Apply(definition.Schema.Root, live, AsObject(patch));
        }
    }

    private static JsonObject AsObject(JsonNode patch) =>
        patch as JsonObject ?? throw ApiException.BadRequest("a merge patch is a JSON object");
}
