using System.Text.Json;

using Microsoft.IdentityModel.Tokens;

namespace AeroGrid.Gateway.Auth;

/// <summary>The usable public keys of an issuer. Symmetric keys, encryption keys and weak keys in a JWKS (RFC 7517) are left out.</summary>
internal sealed class KeySet
{
    private const int MinimumRsaBits = 2048;

    private readonly JsonWebKey[] keys;

    private KeySet(JsonWebKey[] keys, string text) => (this.keys, Text) = (keys, text);

    /// <summary>How many keys are usable.</summary>
    public int Count => keys.Length;

    /// <summary>What the issuer published, to see whether it changed.</summary>
    public string Text { get; }

    /// <summary>Reads a JWKS document.</summary>
    /// <exception cref="InvalidDataException">The text is not a JWKS, or has no key that could verify a signature.</exception>
    public static KeySet Parse(string json)
    {
        JsonWebKeySet set;
        try
        {
            set = new JsonWebKeySet(json);
        }
        catch (Exception e) when (e is ArgumentException or JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"not a JSON Web Key Set (RFC 7517): {e.Message}", e);
        }

        var usable = set.Keys.Where(IsUsable).ToArray();
        return usable.Length > 0
            ? new(usable, json)
            : throw new InvalidDataException($"none of the {set.Keys.Count} keys can verify RS, PS or ES signatures.");
    }

    /// <summary>The keys a token with this header may have been signed with. Without <c>kid</c> all of the right kind.</summary>
    public List<SecurityKey> Find(string? keyId, string algorithm)
    {
        var found = new List<SecurityKey>(1);
        foreach (var key in keys)
        {
            if ((string.IsNullOrEmpty(keyId) || key.Kid == keyId)
                && (string.IsNullOrEmpty(key.Alg) || key.Alg == algorithm)
                && Algorithms.Fits(key, algorithm))
            {
                found.Add(key);
            }
        }

        return found;
    }

    private static bool IsUsable(JsonWebKey key) =>
        (string.IsNullOrEmpty(key.Use) || key.Use == JsonWebKeyUseNames.Sig)
        && (key.KeyOps.Count == 0 || key.KeyOps.Contains("verify"))
        && key.Kty switch
        {
            JsonWebAlgorithmsKeyTypes.RSA => key.KeySize >= MinimumRsaBits && !string.IsNullOrEmpty(key.E),
            JsonWebAlgorithmsKeyTypes.EllipticCurve => key.Crv is "P-256" or "P-384" or "P-521",
            _ => false,
        };
}
