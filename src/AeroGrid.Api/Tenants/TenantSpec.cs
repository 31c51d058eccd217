using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

using k8s.Models;

using AeroGrid.Api.Schema;

namespace AeroGrid.Api.Tenants;

/// <summary>Who belongs to a tenant and what it may use.</summary>
public sealed record TenantSpec
{
    /// <summary>What people read.</summary>
    [JsonPropertyName("displayName")]
    [StringLength(100)]
    public string? DisplayName { get; set; }

    /// <summary>Who may see and change the tenant's apps.</summary>
    [JsonPropertyName("members")]
    [MaxLength(500)]
    public IList<TenantMember>? Members { get; set; }

    /// <summary>What all apps of the tenant together may use.</summary>
    [JsonPropertyName("quota")]
    public TenantQuota? Quota { get; set; }

    /// <summary>Environment variables of all apps of the tenant. An app's own variable of the same name wins.</summary>
    [JsonPropertyName("env")]
    [ListKey("name")]
    [MaxLength(100)]
    public IList<TenantVariable>? Env { get; set; }

    /// <summary>Whether packages without a ready-made wheel may be built, which runs code of strangers while building.</summary>
    [JsonPropertyName("allowSourceBuilds")]
    [DefaultValue(false)]
    public bool? AllowSourceBuilds { get; set; }

    /// <summary>The package index that requirements are found in, instead of the platform's (pip's --index-url).</summary>
    [JsonPropertyName("packageIndexUrl")]
    [StringLength(2048)]
    [RegularExpression("^https?://[^\\s]+$")]
    public string? PackageIndexUrl { get; set; }
}

/// <summary>Someone who belongs to a tenant.</summary>
[CelRule("has(self.user) != has(self.group)", "write either user or group")]
public sealed record TenantMember
{
    /// <summary>A person, by user name.</summary>
    [JsonPropertyName("user")]
    [StringLength(256, MinimumLength = 1)]
    public string? User { get; set; }

    /// <summary>All people of a group.</summary>
    [JsonPropertyName("group")]
    [StringLength(256, MinimumLength = 1)]
    public string? Group { get; set; }

    /// <summary>admin (apps, secrets and members' rights), editor (apps) or viewer (reads).</summary>
    [JsonPropertyName("role")]
    public required TenantRole Role { get; set; }
}

/// <summary>What a member may do.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TenantRole>))]
public enum TenantRole
{
    /// <summary>Everything in the tenant.</summary>
    [JsonStringEnumMemberName("admin")]
    Admin,

    /// <summary>Changes apps.</summary>
    [JsonStringEnumMemberName("editor")]
    Editor,

    /// <summary>Reads.</summary>
    [JsonStringEnumMemberName("viewer")]
    Viewer,
}

/// <summary>What all apps of a tenant together may use.</summary>
public sealed record TenantQuota
{
    /// <summary>How many apps there may be.</summary>
    [JsonPropertyName("apps")]
    [Range(0, 10000)]
    public int? Apps { get; set; }

    /// <summary>How much CPU all apps' requests may add up to.</summary>
    [JsonPropertyName("cpu")]
    public ResourceQuantity? Cpu { get; set; }

    /// <summary>How much memory all apps' limits may add up to.</summary>
    [JsonPropertyName("memory")]
    public ResourceQuantity? Memory { get; set; }

    /// <summary>How many processes (pods) there may be.</summary>
    [JsonPropertyName("pods")]
    [Range(0, 100000)]
    public int? Pods { get; set; }
}

/// <summary>An environment variable of all apps of a tenant.</summary>
[CelRule("has(self.value) != has(self.valueFrom)", "write either value or valueFrom")]
public sealed record TenantVariable
{
    /// <summary>The variable's name.</summary>
    [JsonPropertyName("name")]
    [StringLength(128, MinimumLength = 1)]
    [RegularExpression("^[A-Za-z_][A-Za-z0-9_]*$")]
    public required string Name { get; set; }

    /// <summary>The value, as it is.</summary>
    [JsonPropertyName("value")]
    [StringLength(32768)]
    public string? Value { get; set; }

    /// <summary>A Secret of the platform that has the value, for example the address and password of the event broker.</summary>
    [JsonPropertyName("valueFrom")]
    public TenantVariableSource? ValueFrom { get; set; }
}

/// <summary>Where the value of a tenant's variable is found.</summary>
public sealed record TenantVariableSource
{
    /// <summary>A key of a Secret in the platform's namespace, aerogrid-system. Its value is copied to the tenant.</summary>
    [JsonPropertyName("secretKeyRef")]
    public required Apps.SecretKey SecretKeyRef { get; set; }
}
