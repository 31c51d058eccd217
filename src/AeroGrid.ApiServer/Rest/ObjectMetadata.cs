using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AeroGrid.ApiServer.Rest;

/// <summary>Reading and writing of <c>metadata</c> (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/).</summary>
internal static class ObjectMetadata
{
    /// <summary>The finalizer of foreground deletion.</summary>
    public const string ForegroundFinalizer = "foregroundDeletion";

    /// <summary>The finalizer of orphaning.</summary>
    public const string OrphanFinalizer = "orphan";

    // What Kubernetes uses: no vowels and no digits that look like them, so that no words come out.
    private const string SuffixAlphabet = "bcdfghjklmnpqrstvwxz2456789";
    private const int SuffixLength = 5;
    private const int LongestGeneratedBase = 58;

    /// <summary>The object's metadata, created when absent.</summary>
    public static JsonObject Metadata(this JsonObject obj)
    {
        if (obj["metadata"] is JsonObject metadata)
        {
            return metadata;
        }

        metadata = [];
        obj["metadata"] = metadata;
        return metadata;
    }

    /// <summary>A string field, or null.</summary>
    public static string? Text(this JsonObject metadata, string name) =>
        metadata[name] is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;

    /// <summary>An integer field, or null.</summary>
    public static long? Integer(this JsonObject metadata, string name) =>
        metadata[name] is JsonValue value && value.GetValueKind() == JsonValueKind.Number && value.TryGetValue<long>(out var number)
            ? number
            : metadata[name] is JsonValue other && other.TryGetValue<int>(out var small) ? small : null;

    /// <summary>Whether the object is being deleted.</summary>
    public static bool IsTerminating(this JsonObject obj) => obj.Metadata().Text("deletionTimestamp") is not null;

    /// <summary>The object's finalizers.</summary>
    public static List<string> Finalizers(this JsonObject obj) => Strings(obj.Metadata()["finalizers"]);

    /// <summary>Replaces the finalizers; none removes the field.</summary>
    public static void SetFinalizers(this JsonObject obj, IReadOnlyCollection<string> finalizers)
    {
        if (finalizers.Count == 0)
        {
            obj.Metadata().Remove("finalizers");
        }
        else
        {
            obj.Metadata()["finalizers"] = new JsonArray([.. finalizers.Select(f => JsonValue.Create(f))]);
        }
    }

    /// <summary>The references to owners that are objects.</summary>
    public static IEnumerable<JsonObject> OwnerReferences(this JsonObject obj) =>
        obj.Metadata()["ownerReferences"] is JsonArray list ? list.OfType<JsonObject>() : [];

    /// <summary>The uids of the owners, each once.</summary>
    public static IReadOnlyList<string> OwnerUids(this JsonObject obj) =>
        obj.Metadata().ContainsKey("ownerReferences") ? [.. obj.OwnerReferences().Select(o => o.Text("uid")).OfType<string>().Distinct()] : [];

    /// <summary>A JSON array of strings.</summary>
    public static List<string> Strings(JsonNode? list) =>
        list is JsonArray array ? [.. array.OfType<JsonValue>().Where(v => v.GetValueKind() == JsonValueKind.String).Select(v => v.GetValue<string>())] : [];

    /// <summary>A time as Kubernetes writes it: UTC, whole seconds.</summary>
    public static string Format(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>A name made from <c>generateName</c>.</summary>
    public static string GenerateName(string prefix) =>
        (prefix.Length > LongestGeneratedBase ? prefix[..LongestGeneratedBase] : prefix) + RandomNumberGenerator.GetString(SuffixAlphabet, SuffixLength);
}
