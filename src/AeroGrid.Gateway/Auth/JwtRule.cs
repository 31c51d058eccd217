namespace AeroGrid.Gateway.Auth;

/// <summary>An entry of <c>jwtRules</c>: where its tokens stand in a request, who checks them, and whether the app gets them.</summary>
/// <param name="Issuer">The issuer.</param>
/// <param name="Validator">Checks the tokens.</param>
/// <param name="Locations">Headers with tokens.</param>
/// <param name="ForwardToken">Whether the token is forwarded.</param>
internal sealed record JwtRule(string Issuer, TokenValidator Validator, IReadOnlyList<TokenLocation> Locations, bool ForwardToken);

/// <summary>A header with a token behind a prefix.</summary>
/// <param name="Header">The header's name.</param>
/// <param name="Prefix">What stands before the token; compared without case, since authentication schemes are (RFC 9110 section 11.1).</param>
internal sealed record TokenLocation(string Header, string Prefix)
{
    /// <summary>RFC 6750 section 2.1.</summary>
    public static readonly TokenLocation Standard = new("Authorization", "Bearer ");
}
