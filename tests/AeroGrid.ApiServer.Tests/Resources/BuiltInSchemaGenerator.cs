using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using k8s.Models;

namespace AeroGrid.ApiServer.Tests.Resources;

/// <summary>
/// Derives the shape of the built-in kinds from the model classes of the Kubernetes client, so that nobody types hundreds of field names.
/// What reflection cannot tell (merge keys, defaults, enumerations) is in the hand-written <c>builtin-rules.json</c>. The API server
/// reads the two files and never loads the client.
/// <para>
/// A type is one of <c>string int32 int64 double boolean time bytes quantity int-or-string any</c>, the name of another definition, or
/// one of these behind <c>[]</c> (array) or <c>{}</c> (map). A trailing <c>!</c> marks a field that is always present.
/// </para>
/// </summary>
internal static partial class BuiltInSchemaGenerator
{
    /// <summary>Kinds that the API server serves; the order decides in which OpenAPI package a shared type is.</summary>
    private static readonly (string Package, Type[] Kinds)[] Roots =
    [
        ("io.k8s.apimachinery.pkg.apis.meta.v1", [typeof(V1ObjectMeta), typeof(V1LabelSelector), typeof(V1Condition), typeof(V1ListMeta), typeof(V1Status), typeof(V1DeleteOptions)]),
        ("io.k8s.api.core.v1",
        [
            typeof(V1Pod), typeof(V1PodTemplate), typeof(V1Namespace), typeof(V1ConfigMap), typeof(V1Secret), typeof(V1Service), typeof(V1ServiceAccount), typeof(Corev1Event),
            typeof(V1Node), typeof(V1ResourceQuota), typeof(V1LimitRange), typeof(V1Binding),
        ]),
        ("io.k8s.api.apps.v1", [typeof(V1Deployment), typeof(V1ReplicaSet), typeof(V1ControllerRevision)]),
        ("io.k8s.api.batch.v1", [typeof(V1Job)]),
        ("io.k8s.api.autoscaling.v1", [typeof(V1Scale), typeof(V1CrossVersionObjectReference)]),
        ("io.k8s.api.autoscaling.v2", [typeof(V2HorizontalPodAutoscaler)]),
        ("io.k8s.api.coordination.v1", [typeof(V1Lease)]),
        ("io.k8s.api.discovery.v1", [typeof(V1EndpointSlice)]),
        ("io.k8s.api.events.v1", [typeof(Eventsv1Event)]),
        ("io.k8s.api.networking.v1", [typeof(V1NetworkPolicy)]),
        ("io.k8s.api.policy.v1", [typeof(V1PodDisruptionBudget), typeof(V1Eviction)]),
        ("io.k8s.api.rbac.v1", [typeof(V1Role), typeof(V1RoleBinding), typeof(V1ClusterRole), typeof(V1ClusterRoleBinding)]),
        ("io.k8s.api.authentication.v1", [typeof(V1TokenReview), typeof(V1SelfSubjectReview), typeof(Authenticationv1TokenRequest)]),
        ("io.k8s.api.authorization.v1",
        [
            typeof(V1SubjectAccessReview), typeof(V1SelfSubjectAccessReview), typeof(V1LocalSubjectAccessReview), typeof(V1SelfSubjectRulesReview),
        ]),
        ("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1", [typeof(V1CustomResourceDefinition)]),
    ];

    /// <summary>Types that the machinery shares, wherever they are reached first.</summary>
    private static readonly HashSet<string> MachineryTypes =
    [
        nameof(V1ObjectMeta), nameof(V1OwnerReference), nameof(V1ManagedFieldsEntry), nameof(V1LabelSelector), nameof(V1LabelSelectorRequirement),
        nameof(V1FieldSelectorRequirement), nameof(V1Condition), nameof(V1DeleteOptions), nameof(V1Preconditions),
    ];

    /// <summary>The two generated files.</summary>
    public static (string Schemas, string Descriptions) Generate(string documentationFile)
    {
        var packages = new Dictionary<Type, string>();
        foreach (var (package, kinds) in Roots)
        {
            foreach (var kind in kinds)
            {
                Reach(kind, package, packages);
            }
        }

        var documentation = ReadDocumentation(documentationFile);
        var schemas = new JsonObject();
        var descriptions = new JsonObject();
        foreach (var (type, package) in packages.OrderBy(p => p.Key.Name, StringComparer.Ordinal))
        {
            var fields = new JsonObject();
            var texts = new JsonObject { [""] = documentation.GetValueOrDefault("T:" + type.FullName, "") };
            foreach (var property in FieldsOf(type))
            {
                var name = property.GetCustomAttribute<JsonPropertyNameAttribute>()!.Name;
                fields[name] = Expression(property.PropertyType);
                texts[name] = documentation.GetValueOrDefault($"P:{type.FullName}.{property.Name}", "");
            }

            schemas[type.Name] = new JsonObject { ["name"] = $"{package}.{OpenApiName(type)}", ["fields"] = fields };
            descriptions[$"{package}.{OpenApiName(type)}"] = texts;
        }

        return (Write(schemas), Write(descriptions));
    }

    private static void Reach(Type type, string package, Dictionary<Type, string> packages)
    {
        if (packages.ContainsKey(type))
        {
            return;
        }

        packages[type] = MachineryTypes.Contains(type.Name) ? Roots[0].Package : package;
        foreach (var property in FieldsOf(type))
        {
            var element = Element(property.PropertyType);
            // The schema of schemas is recursive; the server checks it with code of its own.
            if (IsModel(element) && element != typeof(V1JSONSchemaProps))
            {
                Reach(element, package, packages);
            }
        }
    }

    private static IEnumerable<PropertyInfo> FieldsOf(Type type) =>
        type.GetProperties().Where(p => p.GetCustomAttribute<JsonPropertyNameAttribute>() is not null);

    private static bool IsModel(Type type) =>
        type.Namespace == "k8s.Models" && type != typeof(ResourceQuantity) && type != typeof(IntOrString) && type != typeof(V1JSONSchemaProps);

    private static Type Element(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type.IsGenericType ? Element(type.GetGenericArguments()[^1]) : type;
    }

    private static string Expression(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return Expression(underlying).TrimEnd('!');
        }

        if (type.IsGenericType)
        {
            var prefix = type.GetGenericTypeDefinition() == typeof(IDictionary<,>) ? "{}" : "[]";
            return prefix + Expression(type.GetGenericArguments()[^1]).TrimEnd('!');
        }

        return type switch
        {
            _ when type == typeof(string) => "string",
            _ when type == typeof(int) => "int32!",
            _ when type == typeof(long) => "int64!",
            _ when type == typeof(double) => "double!",
            _ when type == typeof(bool) => "boolean!",
            _ when type == typeof(DateTime) => "time!",
            _ when type == typeof(byte[]) => "bytes",
            _ when type == typeof(ResourceQuantity) => "quantity",
            _ when type == typeof(IntOrString) => "int-or-string",
            _ when IsModel(type) => type.Name,
            _ => "any",
        };
    }

    private static string OpenApiName(Type type) => VersionPrefix().Replace(type.Name, "");

    private static Dictionary<string, string> ReadDocumentation(string file) =>
        XDocument.Load(file).Descendants("member")
            .Where(m => m.Element("summary") is not null)
            .ToDictionary(m => (string)m.Attribute("name")!, m => Unwrap(m.Element("summary")!.Value));

    /// <summary>Joins the lines that the code generator wrapped and keeps paragraphs.</summary>
    private static string Unwrap(string text)
    {
        var result = new StringBuilder();
        foreach (var line in text.Split('\n').Select(l => l.Trim()))
        {
            if (line.Length == 0)
            {
                if (result.Length > 0 && result[^1] != '\n')
                {
                    result.Append('\n');
                }
            }
            else
            {
                result.Append(result.Length > 0 && result[^1] != '\n' ? " " : "").Append(line);
            }
        }

        return result.ToString().TrimEnd();
    }

    private static string Write(JsonObject definitions)
    {
        // One definition a line: small, and a readable difference when the client package is updated.
        var options = new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        var lines = definitions.Select(d => string.Create(CultureInfo.InvariantCulture, $"\"{d.Key}\": {d.Value!.ToJsonString(options)}"));
        return "{\n" + string.Join(",\n", lines) + "\n}\n";
    }

    [GeneratedRegex("^(Corev1|Eventsv1|Authenticationv1|V[12])", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex VersionPrefix();
}
