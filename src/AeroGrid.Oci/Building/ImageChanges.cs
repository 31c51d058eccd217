namespace AeroGrid.Oci.Building;

/// <summary>What a new layer changes besides the files. Null leaves what the base image says.</summary>
public sealed record ImageChanges
{
    /// <summary>What made the layer, for <c>docker history</c>; at most a line.</summary>
    public string CreatedBy { get; init; } = "aerogrid";

    /// <summary>Replaces the entry point. As with Docker, that also drops the base image's default arguments.</summary>
    public IReadOnlyList<string>? Entrypoint { get; init; }

    /// <summary>Replaces the default arguments.</summary>
    public IReadOnlyList<string>? Cmd { get; init; }

    /// <summary>Replaces the working directory.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Replaces the user.</summary>
    public string? User { get; init; }

    /// <summary>Variables added to those of the base image, or replacing them by name.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Labels added to those of the base image, or replacing them.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Annotations of the new manifest; the base manifest's own do not describe the new image and are dropped.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();
}
