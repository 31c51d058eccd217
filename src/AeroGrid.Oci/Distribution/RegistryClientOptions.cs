namespace AeroGrid.Oci.Distribution;

/// <summary>Where registries are, and how patient a <see cref="RegistryClient"/> is.</summary>
public sealed record RegistryClientOptions
{
    /// <summary>
    /// Address of a registry by its name, as containerd's <c>hosts.toml</c> has it: <c>registry.aerogrid.local</c> is
    /// <c>http://127.0.0.1:8000</c>. A name that is not here is a host, reached by HTTPS.
    /// </summary>
    public IReadOnlyDictionary<string, Uri> Endpoints { get; init; } = new Dictionary<string, Uri>();

    /// <summary>Credentials by the registry's name.</summary>
    public IReadOnlyDictionary<string, RegistryCredential> Credentials { get; init; } = new Dictionary<string, RegistryCredential>();

    /// <summary>How often a request is sent at most while the registry does not answer, or answers 408, 429 or 5xx; 1 to 10.</summary>
    public int Attempts { get; init; } = 4;

    /// <summary>Wait before the second attempt; it doubles with every further one and is randomized by a half.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long an answer, or the next bytes of one, may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Slowest acceptable upload, in bytes a second: an upload may take <see cref="Timeout"/> and the time that this gives.</summary>
    public long SlowestUpload { get; init; } = 256 * 1024;

    /// <summary>Blobs larger than this are sent in chunks of this size, each of which is repeated on its own when the connection breaks.</summary>
    public int ChunkBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>Largest manifest or configuration that is read; the distribution specification asks for 4 MiB at least.</summary>
    public int MaxDocumentBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Clock of waits and limits.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
