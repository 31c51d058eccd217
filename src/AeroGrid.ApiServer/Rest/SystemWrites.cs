using AeroGrid.ApiServer.Authentication;
using AeroGrid.ApiServer.Resources;
using AeroGrid.ApiServer.Storage;

namespace AeroGrid.ApiServer.Rest;

/// <summary>Writes that the API server makes itself, through the same rules as those of clients.</summary>
internal static class SystemWrites
{
    /// <summary>Who writes.</summary>
    public static UserInfo User { get; } = new("system:apiserver", [UserInfo.MastersGroup, UserInfo.AuthenticatedGroup]);

    /// <summary>A request for an object.</summary>
    public static WriteRequest Request(ResourceDefinition definition, ObjectKey key, string manager, string subresource = "") =>
        new(definition, key.Namespace, key.Name, subresource, User, new WriteOptions { Manager = manager, HasManager = true, Validation = FieldValidation.Ignore });

    /// <summary>Any served version of a stored resource, or null when it is not served any more.</summary>
    public static ResourceDefinition? ByStorageKey(this ResourceSnapshot resources, string storageKey) =>
        resources.All.FirstOrDefault(d => d.StorageKey == storageKey);
}
