namespace AeroGrid.Client.Tokens;

/// <summary>The newest token of each audience. Not thread-safe.</summary>
internal sealed class TokenStore(TimeProvider time)
{
    /// <summary>A token that ends this soon might end on its way.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, (AccessToken Token, DateTimeOffset? RenewAt)> _tokens = new(StringComparer.Ordinal);

    /// <summary>A token that was not refused and lasts for a while.</summary>
    public AccessToken? Find(TokenRequest request) =>
        _tokens.TryGetValue(request.Audience, out var kept)
        && kept.Token.Value != request.Rejected
        && (kept.RenewAt is null || kept.RenewAt > time.GetUtcNow())
            ? kept.Token
            : null;

    /// <summary>Keeps a token. One that lives less than two minutes is renewed after half of its life.</summary>
    public AccessToken Keep(string audience, AccessToken token)
    {
        var now = time.GetUtcNow();
        DateTimeOffset? renewAt = token.ExpiresAt is { } end ? end - (end - now < 2 * Margin ? (end - now) / 2 : Margin) : null;
        _tokens[audience] = (token, renewAt);
        return token;
    }

    /// <summary>Forgets all.</summary>
    public void Clear() => _tokens.Clear();
}
