namespace AeroGrid.Gateway.Auth;

/// <summary>What is wrong with a token.</summary>
internal enum TokenFailure
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Not a signed JWT at all, or with headers that must not be ignored (RFC 7515 section 4.1.11).</summary>
    Malformed,

    /// <summary>Not one of the asymmetric algorithms (RFC 8725 sections 3.1 and 3.2).</summary>
    Algorithm,

    /// <summary>A kind of token that is not meant for access (RFC 8725 section 3.11).</summary>
    Type,

    /// <summary>Another issuer (RFC 8725 section 3.8).</summary>
    Issuer,

    /// <summary>Made for somebody else (RFC 8725 section 3.9).</summary>
    Audience,

    /// <summary>Past its time, or without one.</summary>
    Expired,

    /// <summary>Before its time.</summary>
    NotYetValid,

    /// <summary>No subject.</summary>
    Subject,

    /// <summary>Signed with a key that the issuer does not publish.</summary>
    UnknownKey,

    /// <summary>The signature is wrong.</summary>
    Signature,

    /// <summary>More than one token in a request.</summary>
    Ambiguous,

    /// <summary>The issuer's keys cannot be fetched and never were: nothing can be said of the token.</summary>
    IssuerUnavailable,
}

/// <summary>Outcome of a token's check: an identity, or a reason why not.</summary>
internal readonly record struct TokenResult(TokenIdentity? Identity, TokenFailure Failure)
{
    public static TokenResult Valid(TokenIdentity identity) => new(identity, TokenFailure.None);

    public static implicit operator TokenResult(TokenFailure failure) => new(null, failure);
}
