using AeroGrid.ApiServer.Authentication;
using AeroGrid.ApiServer.Errors;
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

    /// <summary>Makes a write whose object may be gone already, where that it is gone is what was wanted.</summary>
    public static async Task UnlessGoneAsync<T>(Func<Task<T>> write)
    {
        try
        {
            await write();
        }
        catch (ApiException e) when (e.Code == 404)
        {
            // It is gone, as it should be.
        }
    }

    /// <summary>Any served version of a stored resource, or null when it is not served any more.</summary>
    public static ResourceDefinition? ByStorageKey(this ResourceSnapshot resources, string storageKey) =>
        resources.All.FirstOrDefault(d => d.StorageKey == storageKey);
}
