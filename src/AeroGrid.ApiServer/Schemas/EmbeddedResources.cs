namespace AeroGrid.ApiServer.Schemas;

/// <summary>
/// Nodes marked <c>x-kubernetes-embedded-resource</c> hold a whole object: apiVersion, kind and metadata are known there although the schema
/// need not name them.
/// </summary>
internal static class EmbeddedResources
{
    /// <summary>The fields that every object has.</summary>
    public static IReadOnlyDictionary<string, SchemaNode> TypeMeta { get; } = new Dictionary<string, SchemaNode>
    {
        ["apiVersion"] = new()
        {
            Type = "string",
            Description =
                "APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest " +
                "internal value, and may reject unrecognized values.",
        },
        ["kind"] = new()
        {
            Type = "string",
            Description =
                "Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits " +
                "requests to. Cannot be updated. In CamelCase.",
        },
        ["metadata"] = Resources.BuiltIn.BuiltInSchemas.ObjectMeta with
        {
            Description = "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata",
        },
    };

    /// <summary>The properties of a node plus those of every object.</summary>
    public static IReadOnlyDictionary<string, SchemaNode> Properties(SchemaNode schema)
    {
        var all = new Dictionary<string, SchemaNode>(schema.Properties);
        foreach (var (name, node) in TypeMeta)
        {
            all[name] = node;
        }

        return all;
    }
}
