using System.Collections.Immutable;

namespace AeroGrid.Registry.Storage;

/// <summary>A manifest that a repository has.</summary>
internal sealed record StoredManifest(ContentDigest Digest, string MediaType, long Size);

/// <summary>A repository: its manifests, and the tags that point to some of them.</summary>
internal sealed record RepositoryState(
    ImmutableDictionary<ContentDigest, StoredManifest> Manifests, ImmutableSortedDictionary<string, ContentDigest> Tags)
{
    public static RepositoryState Empty { get; } = new(
        ImmutableDictionary<ContentDigest, StoredManifest>.Empty, ImmutableSortedDictionary.Create<string, ContentDigest>(StringComparer.Ordinal));

    /// <summary>Finds a manifest by tag or digest.</summary>
    public StoredManifest? Find(string reference)
    {
        if (!ContentDigest.TryParse(reference, out var digest) && !Tags.TryGetValue(reference, out digest))
            return null;
        return Manifests.GetValueOrDefault(digest);
    }
}

/// <summary>What <c>index.json</c> says. Immutable: a reader keeps one consistent view as long as it likes.</summary>
internal sealed record LayoutState(ImmutableSortedDictionary<string, RepositoryState> Repositories)
{
    public static LayoutState Empty { get; } = new(ImmutableSortedDictionary.Create<string, RepositoryState>(StringComparer.Ordinal));

    public RepositoryState? Find(string repository) => Repositories.GetValueOrDefault(repository);

    /// <summary>Adds a manifest, and points a tag to it if one is given. What the tag pointed to stays, by digest.</summary>
    public LayoutState With(string repository, StoredManifest manifest, string? tag)
    {
        var old = Find(repository) ?? RepositoryState.Empty;
        return With(repository, old with
        {
            Manifests = old.Manifests.SetItem(manifest.Digest, manifest),
            Tags = tag is null ? old.Tags : old.Tags.SetItem(tag, manifest.Digest),
        });
    }

    /// <summary>Removes a tag, or a manifest with its tags. The same state when there is nothing to remove.</summary>
    public LayoutState Without(string repository, string reference)
    {
        if (Find(repository) is not { } old || old.Find(reference) is not { } manifest)
            return this;
        if (!ContentDigest.TryParse(reference, out _))
            return With(repository, old with { Tags = old.Tags.Remove(reference) });
        return With(repository, new RepositoryState(
            old.Manifests.Remove(manifest.Digest),
            old.Tags.RemoveRange(old.Tags.Where(t => t.Value == manifest.Digest).Select(t => t.Key))));
    }

    private LayoutState With(string repository, RepositoryState state) =>
        new(state.Manifests.IsEmpty ? Repositories.Remove(repository) : Repositories.SetItem(repository, state));
}
