namespace AeroGrid.Gateway.Auth;

/// <summary>
/// The digest of the last token on a client's connection. Kestrel hands out the very same text when a header repeats on a connection, so a client that keeps
/// its connection has its token hashed once and not for each request. Only the digest is spared: whether the token is good still, by its time and
/// the issuer's keys, is asked each time. Thread-safe; streams of an HTTP/2 connection share it.
/// </summary>
internal sealed class TokenMemory
{
    private volatile Entry? last;

    /// <summary>The digest of the token that ends a header's value.</summary>
    /// <param name="header">The whole value.</param>
    /// <param name="token">The token in it. The same header always has the same token.</param>
    public TokenCache.Digest DigestOf(string header, ReadOnlySpan<char> token)
    {
        if (last is { } known && ReferenceEquals(known.Header, header) && known.TokenLength == token.Length)
            return known.Digest;
        var digest = TokenCache.Digest.Of(token);
        last = new(header, token.Length, digest);
        return digest;
    }

    /// <param name="Header">Kept no longer than by Kestrel, which has it for the same purpose.</param>
    /// <param name="TokenLength">Tells apart places that begin with different prefixes.</param>
    /// <param name="Digest">The digest of the last characters.</param>
    private sealed record Entry(string Header, int TokenLength, TokenCache.Digest Digest);
}
