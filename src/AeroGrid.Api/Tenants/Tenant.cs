using System.Text.Json.Serialization;

using k8s;
using k8s.Models;

using AeroGrid.Api.Schema;

namespace AeroGrid.Api.Tenants;

/// <summary>
/// A group of people with a namespace of their own, which has the tenant's name: quota, network and access policies and role bindings
/// are made in it. Deleting a tenant deletes its namespace with all apps.
/// </summary>
[KubernetesEntity(Group = ApiGroup.Name, ApiVersion = ApiGroup.Version, Kind = "Tenant", PluralName = "tenants")]
[ClusterScoped]
[PrinterColumn("Display", "string", ".spec.displayName")]
[PrinterColumn("Namespace", "string", ".status.namespace")]
[PrinterColumn("Ready", "string", ".status.conditions[?(@.type==\"Ready\")].status")]
[PrinterColumn("Age", "date", ".metadata.creationTimestamp")]
[CelRule(
    "self.metadata.name.matches('^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$')",
    "metadata.name: write at most 40 lower-case letters, digits and '-', beginning with a letter and ending with a letter or digit")]
[CelRule(
    "self.metadata.name != 'default' && !self.metadata.name.startsWith('kube-') && !self.metadata.name.startsWith('istio-') && !self.metadata.name.startsWith('aerogrid')",
    "metadata.name: default, kube-*, istio-* and aerogrid* are namespaces of the platform: choose another name")]
public sealed class Tenant : IKubernetesObject<V1ObjectMeta>, ISpec<TenantSpec>
{
    /// <summary>aerogrid.io/v1alpha1.</summary>
    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = $"{ApiGroup.Name}/{ApiGroup.Version}";

    /// <summary>Tenant.</summary>
    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "Tenant";

    /// <summary>Name, labels, annotations.</summary>
    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>Who belongs to the tenant and what it may use.</summary>
    [JsonPropertyName("spec")]
    public required TenantSpec Spec { get; set; }

    /// <summary>What was made for it, written by the operator.</summary>
    [JsonPropertyName("status")]
    public TenantStatus? Status { get; set; }
}
