using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Resources;
using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.CustomResources;

/// <summary>Makes the resource definitions that a stored, hence valid, CustomResourceDefinition asks for.</summary>
internal static class CustomResourceReader
{
    private static readonly string[] VerbsWhileDeleting = [.. ResourceDefinition.AllVerbs.Where(v => v != "create")];

    /// <summary>One definition for every served version; none until the names are accepted.</summary>
    public static IReadOnlyList<ResourceDefinition> Read(JsonObject crd)
    {
        if (!HasCondition(crd, "Established"))
        {
            return [];
        }

        var fingerprint = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(crd["spec"]!.ToJsonString())));
        // Nobody holds the object but the definitions made here, and they read it only.
        return [.. crd.ObjectsAt("spec", "versions").Where(v => v.BooleanAt("served") == true).Select(v => ReadVersion(crd, v, fingerprint))];
    }

    /// <summary>The version in which objects are stored, served or not.</summary>
    public static ResourceDefinition StorageDefinition(JsonObject crd) =>
        ReadVersion(crd, crd.ObjectsAt("spec", "versions").First(v => v.BooleanAt("storage") == true), "");

    /// <summary>Whether a condition of the CustomResourceDefinition is True.</summary>
    public static bool HasCondition(JsonObject crd, string type) =>
        crd.ObjectsAt("status", "conditions").Any(c => c.TextAt("type") == type && c.TextAt("status") == "True");

    /// <summary>A schema as the root of objects: apiVersion, kind and metadata are those of every object.</summary>
    public static SchemaNode Rooted(SchemaNode schema)
    {
        var properties = new Dictionary<string, SchemaNode>(schema.Properties, StringComparer.Ordinal);
        foreach (var (name, node) in EmbeddedResources.TypeMeta)
        {
            properties[name] = node;
        }

        if (schema.Properties.GetValueOrDefault("metadata")?.Properties is { Count: > 0 } restricted)
        {
            properties["metadata"] = Restricted(EmbeddedResources.TypeMeta["metadata"], restricted);
        }

        return schema with { Properties = properties.ToFrozenDictionary(StringComparer.Ordinal), EmbeddedResource = false };
    }

    private static ResourceDefinition ReadVersion(JsonObject crd, JsonObject version, string fingerprint)
    {
        var names = crd.ObjectAt("spec", "names")!;
        var namespaced = crd.TextAt("spec", "scope") == "Namespaced";
        return new ResourceDefinition
        {
            Group = crd.TextAt("spec", "group")!,
            Version = version.TextAt("name")!,
            Kind = names.TextAt("kind")!,
            ListKind = names.TextAt("listKind")!,
            Plural = names.TextAt("plural")!,
            Singular = names.TextAt("singular")!,
            Namespaced = namespaced,
            IsCustom = true,
            Fingerprint = fingerprint,
            ShortNames = Texts(names.ArrayAt("shortNames")),
            Categories = Texts(names.ArrayAt("categories")),
            HasStatus = version.At("subresources", "status") is JsonObject,
            HasGeneration = true,
            Scale = version.At("subresources", "scale") is JsonObject scale
                ? new ScaleSubresource(scale.TextAt("specReplicasPath")!, scale.TextAt("statusReplicasPath")!, scale.TextAt("labelSelectorPath"))
                : null,
            Verbs = crd.TextAt("metadata", "deletionTimestamp") is null ? ResourceDefinition.AllVerbs : VerbsWhileDeleting,
            Schema = new StructuralSchema(() => Rooted(SchemaReader.Read((JsonObject)version.At("schema", "openAPIV3Schema")!, FieldPath.Root).Root), namespaced),
            Columns = PrinterColumns.Read(version),
            SelectableFields = SelectableField.Texts(version.ObjectsAt("selectableFields").Select(f => string.Join('.', JsonPath.Parse(f.TextAt("jsonPath")!).Names!))),
        };
    }

    /// <summary>A schema may say more about the name than that it is a text.</summary>
    private static SchemaNode Restricted(SchemaNode metadata, IReadOnlyDictionary<string, SchemaNode> restricted)
    {
        var properties = new Dictionary<string, SchemaNode>(metadata.Properties, StringComparer.Ordinal);
        foreach (var (name, node) in restricted)
        {
            properties[name] = node;
        }

        return metadata with { Name = null, Properties = properties.ToFrozenDictionary(StringComparer.Ordinal) };
    }

    private static string[] Texts(JsonArray? array) => [.. (array ?? []).Select(v => v.AsText()).OfType<string>()];
}
