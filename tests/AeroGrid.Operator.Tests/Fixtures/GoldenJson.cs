using System.Text.Json;

using AeroGrid.ControllerRuntime.Client;
using AeroGrid.TestKit;

using k8s;
using k8s.Models;

namespace AeroGrid.Operator.Tests.Fixtures;

/// <summary>Compares an object, as it would be applied, with a file beside the test.</summary>
internal static class GoldenJson
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Matches<T>(T obj, string file)
        where T : IKubernetesObject<V1ObjectMeta>
    {
        var type = ResourceTypes.Of<T>();
        (obj.ApiVersion, obj.Kind) = (type.ApiVersion, type.Kind);
        var json = JsonSerializer.SerializeToNode(obj, ResourceSerializer.Options)!;
        Golden.Matches(json.ToJsonString(Indented) + "\n", $"tests/AeroGrid.Operator.Tests/{file}.json");
    }
}
