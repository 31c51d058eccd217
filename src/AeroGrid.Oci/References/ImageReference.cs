using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace AeroGrid.Oci.References;

/// <summary>
/// Names an image: <c>registry/path:tag</c>, <c>registry/path@sha256:…</c> or both. The registry is always written out: there is no default registry, so an
/// object never means another image on another machine.
/// </summary>
/// <param name="Repository">Where the image is.</param>
/// <param name="Tag">At most 128 word characters, dots and dashes; null when the digest alone names it.</param>
/// <param name="Digest">Of the manifest or index. It wins over the tag.</param>
public sealed partial record ImageReference(RepositoryName Repository, string? Tag, Digest? Digest)
{
    /// <summary>Reads a reference.</summary>
    /// <exception cref="FormatException">It is no reference, or has neither a tag nor a digest.</exception>
    public static ImageReference Parse(string text) =>
        TryParse(text, out var reference)
            ? reference
            : throw new FormatException($"'{text}' is not an image reference: expected registry/repository:tag or registry/repository@sha256:<64 hexadecimal digits>.");

    /// <summary>Reads a reference; false when it is none, or has neither a tag nor a digest.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out ImageReference? reference)
    {
        reference = null;
        if (text is null)
            return false;

        Digest? digest = null;
        var at = text.IndexOf('@');
        if (at >= 0)
        {
            if (!References.Digest.TryParse(text[(at + 1)..], out var parsed))
                return false;
            digest = parsed;
            text = text[..at];
        }

        // The colon of a port comes before the last slash, the colon of a tag after it.
        string? tag = null;
        var colon = text.LastIndexOf(':');
        if (colon > text.LastIndexOf('/'))
        {
            tag = text[(colon + 1)..];
            text = text[..colon];
            if (!IsValidTag(tag))
                return false;
        }

        if ((tag is null && digest is null) || !RepositoryName.TryParse(text, out var repository))
            return false;
        reference = new ImageReference(repository, tag, digest);
        return true;
    }

    /// <summary>Whether a tag follows the grammar of the OCI distribution specification.</summary>
    public static bool IsValidTag(string tag) => TagPattern().IsMatch(tag);

    /// <summary>What the registry's API calls the reference: the digest, or the tag where there is none.</summary>
    public string Selector => Digest?.ToString() ?? Tag ?? throw new InvalidOperationException($"{Repository} has neither tag nor digest.");

    /// <summary>The same repository by digest alone, which is the form for objects that must not change their meaning.</summary>
    public ImageReference At(Digest digest) => new(Repository, null, digest);

    /// <inheritdoc/>
    public override string ToString() => Repository + (Tag is null ? "" : ":" + Tag) + (Digest is null ? "" : "@" + Digest);

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}\z", RegexOptions.NonBacktracking)]
    private static partial Regex TagPattern();
}
