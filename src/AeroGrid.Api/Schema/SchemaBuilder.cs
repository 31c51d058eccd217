using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

using k8s.Models;

namespace AeroGrid.Api.Schema;

/// <summary>
/// Makes the structural schema (Kubernetes documentation, "Specifying a structural schema") of a .NET type: names from
/// <see cref="JsonPropertyNameAttribute"/>, required fields from <c>required</c>, limits from the attributes of
/// System.ComponentModel.DataAnnotations, rules from <see cref="CelRuleAttribute"/>, descriptions from doc comments.
/// </summary>
internal sealed class SchemaBuilder(XmlDescriptions descriptions)
{
    /// <summary>The form of quantities (k8s.io/apimachinery/pkg/api/resource).</summary>
    private const string QuantityPattern =
        @"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$";

    /// <summary>The schema of an object with the members of a type.</summary>
    public JsonObject Object(Type type, string? description = null)
    {
        var properties = new JsonObject();
        var required = new JsonArray();
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).OrderBy(p => p.MetadataToken))
        {
            if (property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name is not { } name)
                continue;
            properties[name] = Property(property);
            if (property.IsDefined(typeof(RequiredMemberAttribute)))
                required.Add(name);
        }

        var schema = new JsonObject { ["description"] = description ?? descriptions.Of(type), ["type"] = "object" };
        schema["properties"] = properties;
        if (required.Count > 0)
            schema["required"] = required;
        AddRules(schema, type.GetCustomAttributes<CelRuleAttribute>());
        return schema;
    }

    private JsonObject Property(PropertyInfo property)
    {
        // The parts of every object that the API server itself knows.
        if (property.PropertyType == typeof(V1ObjectMeta))
            return new() { ["type"] = "object" };
        var schema = Value(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType, descriptions.Of(property));
        AddLimits(schema, property);
        if (property.GetCustomAttribute<DefaultValueAttribute>()?.Value is { } value)
            schema["default"] = Json(value);
        if (property.GetCustomAttribute<ListKeyAttribute>() is { } key)
        {
            schema["x-kubernetes-list-type"] = "map";
            schema["x-kubernetes-list-map-keys"] = new JsonArray(key.Key);
        }

        // Rules of the property join those of its type, which Object has added.
        AddRules(schema, property.GetCustomAttributes<CelRuleAttribute>());
        return schema;
    }

    private JsonObject Value(Type type, string description) => type switch
    {
        _ when type == typeof(string) => Scalar("string", null, description),
        _ when type == typeof(bool) => Scalar("boolean", null, description),
        _ when type == typeof(int) => Scalar("integer", "int32", description),
        _ when type == typeof(long) => Scalar("integer", "int64", description),
        _ when type == typeof(DateTime) => Scalar("string", "date-time", description),
        _ when type == typeof(ResourceQuantity) => Quantity(description),
        _ when type == typeof(V1Condition) => ConditionSchema.Create(),
        { IsEnum: true } => Enumeration(type, description),
        { IsGenericType: true } when type.GetGenericTypeDefinition() == typeof(IList<>) => new()
        {
            ["description"] = description,
            ["type"] = "array",
            ["items"] = Item(type.GetGenericArguments()[0]),
        },
        { IsClass: true } when type.Assembly == typeof(SchemaBuilder).Assembly => Object(type, description),
        _ => throw new NotSupportedException($"{type} has no form in a CRD: use a type of AeroGrid.Api, a list, or a plain value."),
    };

    private JsonObject Item(Type type) =>
        type == typeof(string) ? new() { ["type"] = "string" } : Value(type, type == typeof(V1Condition) ? "" : descriptions.Of(type));

    private static JsonObject Scalar(string type, string? format, string description)
    {
        var schema = new JsonObject { ["description"] = description, ["type"] = type };
        if (format is not null)
            schema["format"] = format;
        return schema;
    }

    private static JsonObject Quantity(string description) => new()
    {
        ["description"] = description,
        ["anyOf"] = new JsonArray(new JsonObject { ["type"] = "integer" }, new JsonObject { ["type"] = "string" }),
        ["pattern"] = QuantityPattern,
        ["x-kubernetes-int-or-string"] = true,
    };

    private static JsonObject Enumeration(Type type, string description)
    {
        var values = new JsonArray();
        foreach (var value in Enum.GetValues(type))
            values.Add(Json(value));
        var schema = Scalar("string", null, description);
        schema["enum"] = values;
        return schema;
    }

    private static void AddLimits(JsonObject schema, PropertyInfo property)
    {
        if (property.GetCustomAttribute<StringLengthAttribute>() is { } length)
        {
            if (length.MinimumLength > 0)
                schema["minLength"] = length.MinimumLength;
            schema["maxLength"] = length.MaximumLength;
        }

        if (property.GetCustomAttribute<RegularExpressionAttribute>() is { } expression)
            schema["pattern"] = expression.Pattern;
        if (property.GetCustomAttribute<MinLengthAttribute>() is { } fewest)
            schema["minItems"] = fewest.Length;
        if (property.GetCustomAttribute<MaxLengthAttribute>() is { } most)
            schema["maxItems"] = most.Length;
        if (property.GetCustomAttribute<RangeAttribute>() is { } range)
        {
            schema["minimum"] = Json(range.Minimum);
            schema["maximum"] = Json(range.Maximum);
        }
    }

    private static void AddRules(JsonObject schema, IEnumerable<CelRuleAttribute> rules)
    {
        var list = schema["x-kubernetes-validations"] as JsonArray ?? [];
        foreach (var rule in rules)
            list.Add(new JsonObject { ["rule"] = rule.Rule, ["message"] = rule.Message });
        if (list.Count > 0)
            schema["x-kubernetes-validations"] = list;
    }

    private static JsonNode? Json(object value) => JsonSerializer.SerializeToNode(value, value.GetType());
}
