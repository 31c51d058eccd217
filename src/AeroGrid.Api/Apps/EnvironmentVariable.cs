using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

using AeroGrid.Api.Schema;

namespace AeroGrid.Api.Apps;

/// <summary>An environment variable: a value, or where a secret value is found.</summary>
[CelRule("!(has(self.value) && has(self.valueFrom))", "write either value or valueFrom, not both")]
public sealed record EnvironmentVariable
{
    /// <summary>The variable's name.</summary>
    [JsonPropertyName("name")]
    [StringLength(128, MinimumLength = 1)]
    [RegularExpression("^[A-Za-z_][A-Za-z0-9_]*$")]
    [CelRule(
        "self != 'PORT' && !self.startsWith('PORT_') && self != 'PYTHONPATH' && !self.startsWith('AEROGRID_')",
        "PORT, PORT_*, PYTHONPATH and AEROGRID_* are set by the platform: choose another name")]
    public required string Name { get; set; }

    /// <summary>The value, as it is.</summary>
    [JsonPropertyName("value")]
    [StringLength(32768)]
    public string? Value { get; set; }

    /// <summary>Where the value is found instead.</summary>
    [JsonPropertyName("valueFrom")]
    public EnvironmentVariableSource? ValueFrom { get; set; }
}

/// <summary>Where the value of an environment variable is found.</summary>
public sealed record EnvironmentVariableSource
{
    /// <summary>A key of a Secret in the app's namespace.</summary>
    [JsonPropertyName("secretKeyRef")]
    public required SecretKey SecretKeyRef { get; set; }
}

/// <summary>A key of a Secret.</summary>
public sealed record SecretKey
{
    /// <summary>The Secret's name.</summary>
    [JsonPropertyName("name")]
    [StringLength(253, MinimumLength = 1)]
    public required string Name { get; set; }

    /// <summary>The key in the Secret's data.</summary>
    [JsonPropertyName("key")]
    [StringLength(253, MinimumLength = 1)]
    public required string Key { get; set; }

    /// <summary>Start the app even when the Secret or the key is missing; the variable is not set then.</summary>
    [JsonPropertyName("optional")]
    public bool? Optional { get; set; }
}
