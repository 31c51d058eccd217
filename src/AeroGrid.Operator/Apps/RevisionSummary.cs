using System.Text.Json.Serialization;

using k8s;
using k8s.Models;

namespace AeroGrid.Operator.Apps;

/// <summary>
/// A ControllerRevision without its data. Caches hold ten for each app, and data are the app's files: read into this type they take
/// hundreds of bytes instead of up to a megabyte each.
/// </summary>
[KubernetesEntity(Group = "apps", ApiVersion = "v1", Kind = "ControllerRevision", PluralName = "controllerrevisions")]
internal sealed class RevisionSummary : IKubernetesObject<V1ObjectMeta>
{
    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = "apps/v1";

    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "ControllerRevision";

    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    [JsonPropertyName("revision")]
    public long Revision { get; set; }
}
