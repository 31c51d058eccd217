using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace AeroGrid.Api.Images;

/// <summary>What an image is made of.</summary>
public sealed record ImageSpec
{
    /// <summary>The name of the Runtime whose image the code is put on.</summary>
    [JsonPropertyName("runtime")]
    [StringLength(63, MinimumLength = 1)]
    public required string Runtime { get; set; }

    /// <summary>Where the files are.</summary>
    [JsonPropertyName("source")]
    public required ImageSource Source { get; set; }

    /// <summary>How dependencies are built.</summary>
    [JsonPropertyName("builder")]
    public ImageBuilder? Builder { get; set; }
}

/// <summary>Where the files of an image are.</summary>
public sealed record ImageSource
{
    /// <summary>An immutable ConfigMap of the same namespace that holds the files.</summary>
    [JsonPropertyName("configMapRef")]
    public required ConfigMapReference ConfigMapRef { get; set; }
}

/// <summary>A ConfigMap of the same namespace.</summary>
public sealed record ConfigMapReference
{
    /// <summary>The ConfigMap's name.</summary>
    [JsonPropertyName("name")]
    [StringLength(253, MinimumLength = 1)]
    public required string Name { get; set; }
}

/// <summary>How the dependencies of an image are built.</summary>
public sealed record ImageBuilder
{
    /// <summary>After how many seconds a build is ended as failed. The platform's own limit holds when none is given.</summary>
    [JsonPropertyName("timeoutSeconds")]
    [Range(10, 3600)]
    public int? TimeoutSeconds { get; set; }
}
