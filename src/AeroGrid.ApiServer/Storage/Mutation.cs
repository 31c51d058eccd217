using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Resources;
using AeroGrid.ApiServer.Rest;

namespace AeroGrid.ApiServer.Storage;

/// <summary>One write, made from a state that was read before: it is refused when that state is no longer the present one.</summary>
/// <param name="Key">Which object.</param>
/// <param name="Current">The state that the write was made from; null when the object must not exist.</param>
/// <param name="Value">The new state; null removes the object.</param>
internal sealed record Mutation(ObjectKey Key, StoredObject? Current, byte[]? Value)
{
    /// <summary>The uids in <c>metadata.ownerReferences</c> of the new state.</summary>
    public IReadOnlyList<string> OwnerUids { get; init; } = [];

    /// <summary>Whether the new state has a deletionTimestamp, so that what is being deleted is found after a restart.</summary>
    public bool IsTerminating { get; init; }

    /// <summary>What else must hold at the moment of the write.</summary>
    public MutationGuard Guard { get; init; }

    /// <summary>The write of an object of a definition.</summary>
    public static Mutation Store(ObjectKey key, StoredObject? current, JsonObject obj, ResourceDefinition definition) =>
        new(key, current, ObjectCodec.Encode(obj, definition)) { OwnerUids = obj.OwnerUids(), IsTerminating = obj.IsTerminating() };

    /// <summary>The removal of an object.</summary>
    public static Mutation Remove(StoredObject current) => new(current.Key, current, null);
}

/// <summary>Conditions over other objects, checked in the transaction of the write.</summary>
internal enum MutationGuard
{
    /// <summary>None.</summary>
    None,

    /// <summary>The namespace that the object is put into exists.</summary>
    NamespaceExists,

    /// <summary>No object is in the namespace of this name, which is about to be removed.</summary>
    NamespaceIsEmpty,
}

/// <summary>What became of a write.</summary>
internal enum MutationOutcome
{
    /// <summary>It is on disk.</summary>
    Stored,

    /// <summary>The object is not (or no longer) in the state that the write was made from.</summary>
    Conflict,

    /// <summary>The guard does not hold.</summary>
    Refused,
}

/// <summary>Outcome of a write.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Revision">The revision of the new state; 0 unless stored.</param>
internal readonly record struct MutationResult(MutationOutcome Outcome, long Revision);
