using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Rest;
using AeroGrid.ApiServer.Storage;

namespace AeroGrid.ApiServer.GarbageCollection;

/// <summary>What the garbage collector looks at of every change, without parsing most of them.</summary>
internal static class ObjectOutline
{
    /// <summary>Whether the object can have owners: false is certain.</summary>
    public static bool MayHaveOwners(StoredObject? stored) => stored is not null && stored.Value.AsSpan().IndexOf("\"ownerReferences\""u8) >= 0;

    /// <summary>Whether the object can be terminating: false is certain.</summary>
    public static bool MayBeTerminating(StoredObject? stored) => stored is not null && stored.Value.AsSpan().IndexOf("\"deletionTimestamp\""u8) >= 0;

    /// <summary>The references to owners, as JSON text for comparison.</summary>
    public static string OwnersText(JsonObject? obj) => obj?.Metadata()["ownerReferences"]?.ToJsonString() ?? "";
}
