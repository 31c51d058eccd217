using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Resources;
using AeroGrid.ApiServer.Storage;

namespace AeroGrid.ApiServer.Events;

/// <summary>
/// Events as <c>events.k8s.io/v1</c> has them. They are the same objects as those of the core group and stored as these; the fields have
/// other names (k8s.io/kubernetes/pkg/apis/events/v1/conversion.go). Stateless, hence thread-safe.
/// </summary>
internal sealed class EventRepresentation : IRepresentation
{
    /// <summary>Where events of both groups are stored.</summary>
    public const string StorageKey = "events";

    private static readonly (string Core, string Events)[] FieldNames =
    [
        ("involvedObject", "regarding"), ("message", "note"), ("reportingComponent", "reportingController"), ("source", "deprecatedSource"),
        ("firstTimestamp", "deprecatedFirstTimestamp"), ("lastTimestamp", "deprecatedLastTimestamp"), ("count", "deprecatedCount"),
    ];

    /// <inheritdoc/>
    public bool IsAsStored(StoredObject stored) => false;

    /// <inheritdoc/>
    public void FromStored(JsonObject obj)
    {
        foreach (var (core, events) in FieldNames)
        {
            Rename(obj, core, events);
        }
    }

    /// <inheritdoc/>
    public void ToStored(JsonObject obj)
    {
        obj["apiVersion"] = "v1";
        foreach (var (core, events) in FieldNames)
        {
            Rename(obj, events, core);
        }
    }

    private static void Rename(JsonObject obj, string from, string to)
    {
        if (obj.Remove(from, out var value))
        {
            obj[to] = value;
        }
    }
}
