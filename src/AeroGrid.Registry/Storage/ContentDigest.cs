using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace AeroGrid.Registry.Storage;

/// <summary>A SHA-256 as <c>sha256:…</c>. The value was checked when it was made, so that it is safe in a path.</summary>
internal readonly record struct ContentDigest
{
    private const string Prefix = "sha256:";
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    private ContentDigest(string hex) => Hex = hex;

    /// <summary>File name in <c>blobs/sha256</c>.</summary>
    public string Hex { get; }

    public static ContentDigest Of(ReadOnlySpan<byte> content) => new(Convert.ToHexStringLower(SHA256.HashData(content)));

    public static ContentDigest FromHash(ReadOnlySpan<byte> hash) => new(Convert.ToHexStringLower(hash));

    public static bool TryParse([NotNullWhen(true)] string? text, out ContentDigest digest)
    {
        digest = default;
        if (text is null || !text.StartsWith(Prefix, StringComparison.Ordinal) || !TryParseHex(text[Prefix.Length..], out digest))
            return false;
        return true;
    }

    public static bool TryParseHex(string hex, out ContentDigest digest)
    {
        digest = default;
        if (hex.Length != 2 * SHA256.HashSizeInBytes || hex.AsSpan().ContainsAnyExcept(HexDigits))
            return false;
        digest = new ContentDigest(hex);
        return true;
    }

    public override string ToString() => Prefix + Hex;
}
