using System.Reflection;
using System.Text.Json.Nodes;

using k8s.Models;

namespace AeroGrid.Api.Schema;

/// <summary>
/// Makes the CustomResourceDefinitions of AeroGrid's resources from their C# types. What comes out is committed in <c>deploy/crds</c>, and
/// a test compares.
/// </summary>
public static class CrdGenerator
{
    /// <summary>The kinds of the group aerogrid.io.</summary>
    public static IReadOnlyList<Type> Kinds { get; } =
        [typeof(Apps.App), typeof(Images.Image), typeof(Runtimes.Runtime), typeof(Tenants.Tenant)];

    /// <summary>The name of the manifest of a kind, for example <c>aerogrid.io_apps.yaml</c>.</summary>
    public static string FileName(Type kind) => $"{ApiGroup.Name}_{Entity(kind).PluralName}.yaml";

    /// <summary>The manifest of a kind as YAML: the same text for the same types, always.</summary>
    /// <exception cref="InvalidOperationException">A type or member has no doc comment.</exception>
    /// <exception cref="NotSupportedException">A member's type has no form in a CRD.</exception>
    public static string ToYaml(Type kind)
    {
        ArgumentNullException.ThrowIfNull(kind);
        return "# Generated from the types in src/AeroGrid.Api: UPDATE_GOLDEN=1 dotnet run --project tests/AeroGrid.Api.Tests\n"
            + YamlText.Of(Create(kind));
    }

    /// <summary>The CustomResourceDefinition of a kind.</summary>
    internal static JsonObject Create(Type kind)
    {
        var entity = Entity(kind);
        var clusterScoped = kind.IsDefined(typeof(ClusterScopedAttribute));
        var version = new JsonObject
        {
            ["name"] = entity.ApiVersion,
            ["served"] = true,
            ["storage"] = true,
            ["additionalPrinterColumns"] = Columns(kind),
            ["subresources"] = Subresources(kind),
            ["schema"] = new JsonObject
            {
                ["openAPIV3Schema"] = new SchemaBuilder(XmlDescriptions.Of(kind.Assembly)).Object(kind),
            },
        };
        if (version["subresources"] is JsonObject { Count: 0 })
            version.Remove("subresources");
        return new JsonObject
        {
            ["apiVersion"] = "apiextensions.k8s.io/v1",
            ["kind"] = "CustomResourceDefinition",
            ["metadata"] = new JsonObject { ["name"] = $"{entity.PluralName}.{entity.Group}" },
            ["spec"] = new JsonObject
            {
                ["group"] = entity.Group,
                ["scope"] = clusterScoped ? "Cluster" : "Namespaced",
                ["names"] = NamesOf(kind, entity),
                ["versions"] = new JsonArray(version),
            },
        };
    }

    private static JsonObject NamesOf(Type kind, KubernetesEntityAttribute entity)
    {
        var names = new JsonObject
        {
            ["kind"] = entity.Kind,
            ["listKind"] = $"{entity.Kind}List",
            ["plural"] = entity.PluralName,
            ["singular"] = entity.Kind.ToLowerInvariant(),
            ["categories"] = new JsonArray("aerogrid"),
        };
        var shortNames = kind.GetCustomAttributes<ShortNameAttribute>().Select(s => (JsonNode?)s.Name).ToArray();
        if (shortNames.Length > 0)
            names["shortNames"] = new JsonArray(shortNames);
        return names;
    }

    private static JsonArray Columns(Type kind)
    {
        var columns = new JsonArray();
        foreach (var column in kind.GetCustomAttributes<PrinterColumnAttribute>())
        {
            var json = new JsonObject { ["name"] = column.Name, ["type"] = column.Type, ["jsonPath"] = column.JsonPath };
            if (column.Wide)
                json["priority"] = 1;
            columns.Add(json);
        }

        return columns;
    }

    private static JsonObject Subresources(Type kind)
    {
        var subresources = new JsonObject();
        if (kind.GetProperty("Status") is not null)
            subresources["status"] = new JsonObject();
        if (kind.GetCustomAttribute<ScaleAttribute>() is { } scale)
        {
            subresources["scale"] = new JsonObject
            {
                ["specReplicasPath"] = scale.SpecPath,
                ["statusReplicasPath"] = scale.StatusPath,
            };
        }

        return subresources;
    }

    private static KubernetesEntityAttribute Entity(Type kind) => kind.GetCustomAttribute<KubernetesEntityAttribute>()
        ?? throw new ArgumentException($"{kind} has no [KubernetesEntity].", nameof(kind));
}
