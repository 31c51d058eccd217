using AeroGrid.Registry.Storage;

namespace AeroGrid.Registry.Http;

/// <summary>What a path below <c>/v2/</c> speaks of.</summary>
internal enum PathKind
{
    Root,
    Catalog,
    Tags,
    Manifest,
    Blob,
    Uploads,
    Upload,
}

/// <summary>A path below <c>/v2/</c>, taken apart from its end: repository names contain slashes themselves.</summary>
internal readonly record struct RegistryPath(PathKind Kind, string Repository, string Reference)
{
    /// <exception cref="RegistryProblem">The repository's name is not valid.</exception>
    public static RegistryPath? Parse(string path)
    {
        if (path.Length == 0)
            return new RegistryPath(PathKind.Root, "", "");
        if (path == "_catalog")
            return new RegistryPath(PathKind.Catalog, "", "");

        var parts = path.Split('/');
        return parts switch
        {
            [.. var name, "tags", "list"] => Create(PathKind.Tags, name, ""),
            [.. var name, "blobs", "uploads", ""] => Create(PathKind.Uploads, name, ""),
            [.. var name, "blobs", "uploads"] => Create(PathKind.Uploads, name, ""),
            [.. var name, "blobs", "uploads", var id] => Create(PathKind.Upload, name, id),
            [.. var name, "blobs", var digest] => Create(PathKind.Blob, name, digest),
            [.. var name, "manifests", var reference] => Create(PathKind.Manifest, name, reference),
            _ => null,
        };
    }

    private static RegistryPath Create(PathKind kind, string[] name, string reference)
    {
        var repository = string.Join('/', name);
        return Names.IsRepository(repository) ? new RegistryPath(kind, repository, reference) : throw RegistryProblem.InvalidName(repository);
    }
}
