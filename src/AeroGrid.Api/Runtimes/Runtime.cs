using System.Text.Json.Serialization;

using k8s;
using k8s.Models;

using AeroGrid.Api.Schema;

namespace AeroGrid.Api.Runtimes;

/// <summary>
/// A kind of app: what it is started with, where it listens, and what a new one begins with. Another kind of app is another Runtime.
/// </summary>
[KubernetesEntity(Group = ApiGroup.Name, ApiVersion = ApiGroup.Version, Kind = "Runtime", PluralName = "runtimes")]
[ClusterScoped]
[PrinterColumn("Display", "string", ".spec.displayName")]
[PrinterColumn("Entry point", "string", ".spec.entryPoint")]
[PrinterColumn("Image", "string", ".spec.image", Wide = true)]
[PrinterColumn("Age", "date", ".metadata.creationTimestamp")]
public sealed class Runtime : IKubernetesObject<V1ObjectMeta>, ISpec<RuntimeSpec>
{
    /// <summary>aerogrid.io/v1alpha1.</summary>
    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = $"{ApiGroup.Name}/{ApiGroup.Version}";

    /// <summary>Runtime.</summary>
    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "Runtime";

    /// <summary>Name, labels, annotations.</summary>
    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>What the kind of app is.</summary>
    [JsonPropertyName("spec")]
    public required RuntimeSpec Spec { get; set; }
}
