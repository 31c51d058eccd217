using Microsoft.IdentityModel.Tokens;

namespace AeroGrid.Gateway.Auth;

/// <summary>The signature algorithms that are accepted: asymmetric ones only, whatever a token's header says (RFC 8725 section 3.1).</summary>
internal static class Algorithms
{
    public static readonly string[] Accepted =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    public static bool IsAccepted(string? algorithm) => Array.IndexOf(Accepted, algorithm) >= 0;

    /// <summary>An algorithm belongs to one kind of key, and each ES algorithm to one curve (RFC 7518 section 3.4).</summary>
    public static bool Fits(JsonWebKey key, string algorithm) => algorithm switch
    {
        "ES256" => key is { Kty: JsonWebAlgorithmsKeyTypes.EllipticCurve, Crv: "P-256" },
        "ES384" => key is { Kty: JsonWebAlgorithmsKeyTypes.EllipticCurve, Crv: "P-384" },
        "ES512" => key is { Kty: JsonWebAlgorithmsKeyTypes.EllipticCurve, Crv: "P-521" },
        _ => key.Kty == JsonWebAlgorithmsKeyTypes.RSA,
    };
}
