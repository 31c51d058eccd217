namespace AeroGrid.Client.Resources;

/// <summary>A resource of the platform: what is wanted in its spec, what is in its status.</summary>
public interface IResource
{
    /// <summary>Name, tenant, labels, version.</summary>
    ObjectMeta? Metadata { get; set; }
}

/// <summary>A list of resources as it was at one moment.</summary>
/// <typeparam name="T">The kind.</typeparam>
public interface IResourceList<T>
    where T : IResource
{
    /// <summary>The version of the whole, from which a watch goes on.</summary>
    ListMeta? Metadata { get; set; }

    /// <summary>The resources.</summary>
    IList<T> Items { get; set; }
}
