using System.Text.Json;

using k8s;

namespace AeroGrid.ControllerRuntime.Client;

/// <summary>
/// JSON as the Kubernetes API reads and writes it. Members that are null are left out, so that server-side apply owns only what was set.
/// </summary>
public static class ResourceSerializer
{
    /// <summary>The options that every request and answer is written and read with. Read-only.</summary>
    public static JsonSerializerOptions Options { get; } = CopyOfTheClientsOptions();

    /// <summary>A deep copy: objects that informers hand out are shared, so whoever wants to change one changes a copy.</summary>
    public static T DeepCopy<T>(this T value)
        where T : IKubernetesObject
    {
        ArgumentNullException.ThrowIfNull(value);
        return JsonSerializer.Deserialize<T>(JsonSerializer.SerializeToUtf8Bytes(value, Options), Options)!;
    }

    internal static byte[] Serialize<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Options);

    // KubernetesClient keeps its options to itself; this is its supported way of reaching them. A copy, since they freeze on first use.
    private static JsonSerializerOptions CopyOfTheClientsOptions()
    {
        JsonSerializerOptions? copy = null;
        KubernetesJson.AddJsonOptions(options => copy = new JsonSerializerOptions(options) { MaxDepth = 256 });
        copy!.MakeReadOnly(populateMissingResolver: true);
        return copy;
    }
}
