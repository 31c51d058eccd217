using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Storage;

namespace AeroGrid.ApiServer.Resources;

/// <summary>
/// How objects look in one version of a resource when that is not how they are stored. Most versions have none: their objects are copied byte
/// by byte. Thread-safe; objects passed in are changed in place.
/// </summary>
internal interface IRepresentation
{
    /// <summary>Whether the stored bytes of this object are what clients of the version see.</summary>
    bool IsAsStored(StoredObject stored);

    /// <summary>Makes what clients see.</summary>
    void FromStored(JsonObject obj);

    /// <summary>Makes the stored form.</summary>
    void ToStored(JsonObject obj);
}
