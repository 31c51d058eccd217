using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Resources;

namespace AeroGrid.ApiServer.Discovery;

/// <summary>A finished document.</summary>
/// <param name="Body">JSON in UTF-8.</param>
/// <param name="Hash">Upper-case SHA-256 of the body; the entity tag.</param>
internal sealed record CachedDocument(byte[] Body, string Hash)
{
    /// <summary>Serializes and hashes.</summary>
    public static CachedDocument Of(JsonNode document)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(document);
        return new CachedDocument(body, Convert.ToHexString(SHA256.HashData(body)));
    }
}

/// <summary>Documents made from the set of resources, kept until the set changes. Thread-safe.</summary>
internal sealed class SnapshotCache
{
    private volatile Generation _generation = new(-1);

    /// <summary>The document of this key for a snapshot, made at most a few times; null is remembered too.</summary>
    public CachedDocument? Get(ResourceSnapshot snapshot, string key, Func<JsonNode?> make)
    {
        var generation = _generation;
        if (generation.Version != snapshot.Version)
        {
            generation = new Generation(snapshot.Version);
            // Two requests of different snapshots may take turns for a moment; each still answers from its own.
            _generation = generation;
        }

        return generation.Documents.GetOrAdd(key, _ => make() is { } document ? CachedDocument.Of(document) : null);
    }

    private sealed record Generation(long Version)
    {
        public ConcurrentDictionary<string, CachedDocument?> Documents { get; } = new(StringComparer.Ordinal);
    }
}
