using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Json.Serialization;

namespace AeroGrid.Oci.References;

/// <summary>
/// Content identifier such as <c>sha256:2c26…</c> (OCI image specification, "Digests"). Only SHA-256 is supported: it is the one algorithm that
/// every registry must know.
/// </summary>
[JsonConverter(typeof(DigestJsonConverter))]
public readonly record struct Digest
{
    private const string Prefix = "sha256:";
    private const int HexLength = 64;
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");
    private readonly string? hex;

    private Digest(string hex) => this.hex = hex;

    /// <summary>The 64 lower-case hexadecimal digits, without the algorithm. It is the file name in an image layout.</summary>
    public string Hex => hex ?? throw new InvalidOperationException("The digest was never set.");

    /// <summary>Digest of bytes.</summary>
    public static Digest Of(ReadOnlySpan<byte> content)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(content, hash);
        return FromHash(hash);
    }

    /// <summary>Digest of everything that a stream still has; reads it to the end.</summary>
    public static async Task<Digest> OfAsync(Stream content, CancellationToken cancellationToken = default) =>
        FromHash(await SHA256.HashDataAsync(content, cancellationToken));

    /// <summary>Digest from the 32 bytes of a computed SHA-256.</summary>
    public static Digest FromHash(ReadOnlySpan<byte> hash)
    {
        if (hash.Length != SHA256.HashSizeInBytes)
            throw new ArgumentException("A SHA-256 has 32 bytes.", nameof(hash));
        return new Digest(Convert.ToHexStringLower(hash));
    }

    /// <summary>Reads <c>sha256:</c> and 64 lower-case hexadecimal digits.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public static Digest Parse(string text) =>
        TryParse(text, out var digest) ? digest : throw new FormatException($"'{text}' is not a digest: expected sha256: and 64 lower-case hexadecimal digits.");

    /// <summary>Reads <c>sha256:</c> and 64 lower-case hexadecimal digits; false when it is something else.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Digest digest)
    {
        digest = default;
        if (text is null || text.Length != Prefix.Length + HexLength || !text.StartsWith(Prefix, StringComparison.Ordinal))
            return false;
        var digits = text[Prefix.Length..];
        if (digits.AsSpan().ContainsAnyExcept(HexDigits))
            return false;
        digest = new Digest(digits);
        return true;
    }

    /// <summary>The form <c>sha256:…</c>.</summary>
    public override string ToString() => Prefix + Hex;
}
