using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace AeroGrid.Gateway.Auth;

/// <summary>
/// Remembers validated tokens by their SHA-256 digest, so that neither is a token kept in memory nor does a lookup compare secrets.
/// Bounded by two generations: when the young one is full it becomes the old one, and what nobody asked for since is gone with the next turn.
/// Thread-safe.
/// </summary>
internal sealed class TokenCache(int capacity)
{
    private readonly int generation = Math.Max(1, capacity / 2);
    private readonly Lock gate = new();
    private volatile ConcurrentDictionary<Digest, TokenIdentity> young = new();
    private volatile ConcurrentDictionary<Digest, TokenIdentity> old = new();
    private int youngCount;

    /// <summary>How many are remembered at the moment.</summary>
    public int Count => young.Count + old.Count;

    public TokenIdentity? Find(in Digest digest)
    {
        if (young.TryGetValue(digest, out var identity))
            return identity;
        if (!old.TryGetValue(digest, out identity))
            return null;
        Add(digest, identity);
        return identity;
    }

    public void Add(in Digest digest, TokenIdentity identity)
    {
        if (!young.TryAdd(digest, identity) || Interlocked.Increment(ref youngCount) < generation)
            return;
        lock (gate)
        {
            if (Volatile.Read(ref youngCount) < generation)
                return;
            old = young;
            young = new();
            Volatile.Write(ref youngCount, 0);
        }
    }

    public void Remove(in Digest digest)
    {
        if (young.TryRemove(digest, out _))
            Interlocked.Decrement(ref youngCount);
        old.TryRemove(digest, out _);
    }

    /// <summary>Forgets everything: the issuer's keys changed.</summary>
    public void Clear()
    {
        lock (gate)
        {
            young = new();
            old = new();
            Volatile.Write(ref youngCount, 0);
        }
    }

    /// <summary>SHA-256 of a token.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal readonly record struct Digest(ulong A, ulong B, ulong C, ulong D)
    {
        public static Digest Of(ReadOnlySpan<char> token)
        {
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(MemoryMarshal.AsBytes(token), hash);
            var parts = MemoryMarshal.Cast<byte, ulong>(hash);
            return new(parts[0], parts[1], parts[2], parts[3]);
        }

        // The digest is uniform already.
        public override int GetHashCode() => (int)A;
    }
}
