using System.Text.Json.Serialization;

using k8s;
using k8s.Models;

namespace AeroGrid.Api.Apps;

/// <summary>
/// A ControllerRevision of Kubernetes with a saved version of an app in it: what its files were. The operator keeps the last
/// <see cref="Kept"/>. Writing the files of one into spec.files again is going back to it.
/// </summary>
[KubernetesEntity(Group = "apps", ApiVersion = "v1", Kind = "ControllerRevision", PluralName = "controllerrevisions")]
public sealed class AppRevision : IKubernetesObject<V1ObjectMeta>
{
    /// <summary>How many revisions of an app are kept, the newest included.</summary>
    public const int Kept = 10;

    /// <summary>apps/v1.</summary>
    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = "apps/v1";

    /// <summary>ControllerRevision.</summary>
    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "ControllerRevision";

    /// <summary>Name (<see cref="Names.Revision"/>), namespace, labels, owner.</summary>
    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>The number of the version, from 1. Going back to an old version gives that version the next number.</summary>
    [JsonPropertyName("revision")]
    public long Revision { get; set; }

    /// <summary>What was saved.</summary>
    [JsonPropertyName("data")]
    public AppRevisionData? Data { get; set; }
}

/// <summary>What makes a version of an app.</summary>
public sealed record AppRevisionData
{
    /// <summary>spec.runtime.</summary>
    [JsonPropertyName("runtime")]
    public required string Runtime { get; set; }

    /// <summary>spec.files.</summary>
    [JsonPropertyName("files")]
    public required IList<AppFile> Files { get; set; }
}
