using System.Text.Json.Serialization;

using k8s;
using k8s.Models;

using AeroGrid.Api.Schema;

namespace AeroGrid.Api.Apps;

/// <summary>
/// A few lines of code that run as a secured service. Write spec.files; the platform builds an image, runs it, routes to it, and tells
/// in status how far it is. The tenant of an app is its namespace.
/// </summary>
[KubernetesEntity(Group = ApiGroup.Name, ApiVersion = ApiGroup.Version, Kind = "App", PluralName = "apps")]
[PrinterColumn("Phase", "string", ".status.phase")]
[PrinterColumn("Revision", "integer", ".status.revision")]
[PrinterColumn("Ready", "string", ".status.conditions[?(@.type==\"Ready\")].status")]
[PrinterColumn("URL", "string", ".status.url")]
[PrinterColumn("Message", "string", ".status.conditions[?(@.type==\"Ready\")].message", Wide = true)]
[PrinterColumn("Age", "date", ".metadata.creationTimestamp")]
[Scale(".spec.replicas", ".status.replicas")]
[CelRule(
    "self.metadata.name.matches('^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$')",
    "metadata.name: write at most 40 lower-case letters, digits and '-', beginning with a letter and ending with a letter or digit")]
public sealed class App : IKubernetesObject<V1ObjectMeta>, ISpec<AppSpec>
{
    /// <summary>aerogrid.io/v1alpha1.</summary>
    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = $"{ApiGroup.Name}/{ApiGroup.Version}";

    /// <summary>App.</summary>
    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "App";

    /// <summary>Name, namespace (the tenant), labels, annotations.</summary>
    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>What should run. Every change of the files is a new revision.</summary>
    [JsonPropertyName("spec")]
    public required AppSpec Spec { get; set; }

    /// <summary>What runs, written by the operator.</summary>
    [JsonPropertyName("status")]
    public AppStatus? Status { get; set; }
}
