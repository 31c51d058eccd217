using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using AeroGrid.Cli.Connection;
using AeroGrid.ControllerRuntime.Client;
using k8s;
using YamlDotNet.Serialization;

namespace AeroGrid.Cli.Output;

/// <summary>Prints objects for programs.</summary>
internal static class Printer
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Prints an object in the format asked for, or one line for a person.</summary>
    public static void Object(ParseResult parsed, PlatformOptions options, IKubernetesObject obj, string line)
    {
        var output = parsed.InvocationConfiguration.Output;
        if (parsed.GetValue(options.Output) is { } format)
        {
            Write(output, format, ToJson(obj));
        }
        else
        {
            output.WriteLine(line);
        }
    }

    /// <summary>Prints a list object, as <c>kubectl get -o</c> does.</summary>
    public static void List<T>(TextWriter output, string format, string apiVersion, string kind, string resourceVersion, IEnumerable<T> items)
        where T : IKubernetesObject =>
        Write(output, format, new JsonObject
        {
            ["apiVersion"] = apiVersion,
            ["kind"] = kind,
            ["metadata"] = new JsonObject { ["resourceVersion"] = resourceVersion },
            ["items"] = new JsonArray([.. items.Select(item => ToJson(item))]),
        });

    /// <summary>Prints JSON or YAML.</summary>
    public static void Write(TextWriter output, string format, JsonNode node)
    {
        if (format == "json")
        {
            output.WriteLine(node.ToJsonString(Indented));
        }
        else
        {
            new SerializerBuilder().Build().Serialize(output, Plain(node)!);
        }
    }

    /// <summary>An object as the API writes it.</summary>
    public static JsonNode ToJson(IKubernetesObject obj) => JsonSerializer.SerializeToNode(obj, obj.GetType(), ResourceSerializer.Options)!;

    /// <summary>YamlDotNet writes dictionaries, lists and plain values.</summary>
    private static object? Plain(JsonNode? node) => node switch
    {
        JsonObject map => map.ToDictionary(pair => pair.Key, pair => Plain(pair.Value)),
        JsonArray list => list.Select(Plain).ToList(),
        JsonValue value when value.TryGetValue<bool>(out var truth) => truth,
        JsonValue value when value.TryGetValue<long>(out var number) => number,
        JsonValue value when value.TryGetValue<double>(out var number) => number,
        JsonValue value => value.GetValue<string>(),
        null => null,
        _ => throw new InvalidOperationException($"Unknown JSON node {node.GetType()}."),
    };
}
