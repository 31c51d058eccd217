using System.Text.Json.Serialization;

using k8s;
using k8s.Models;

using AeroGrid.Api.Schema;

namespace AeroGrid.Api.Images;

/// <summary>
/// One version of an app's code as a container image. The operator makes an Image for every saved version; people only read them.
/// </summary>
[KubernetesEntity(Group = ApiGroup.Name, ApiVersion = ApiGroup.Version, Kind = "Image", PluralName = "images")]
[ShortName("img")]
[PrinterColumn("Phase", "string", ".status.phase")]
[PrinterColumn("Image", "string", ".status.image")]
[PrinterColumn("Build", "string", ".status.build.jobName", Wide = true)]
[PrinterColumn("Message", "string", ".status.conditions[?(@.type==\"Ready\")].message", Wide = true)]
[PrinterColumn("Age", "date", ".metadata.creationTimestamp")]
public sealed class Image : IKubernetesObject<V1ObjectMeta>, ISpec<ImageSpec>
{
    /// <summary>aerogrid.io/v1alpha1.</summary>
    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = $"{ApiGroup.Name}/{ApiGroup.Version}";

    /// <summary>Image.</summary>
    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "Image";

    /// <summary>Name, namespace, labels, annotations.</summary>
    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>What the image is made of. It never changes: other source is another Image.</summary>
    [JsonPropertyName("spec")]
    [CelRule("self == oldSelf", "an Image never changes: change the App, and a new Image is made")]
    public required ImageSpec Spec { get; set; }

    /// <summary>What came of it, written by the operator.</summary>
    [JsonPropertyName("status")]
    public ImageStatus? Status { get; set; }
}
