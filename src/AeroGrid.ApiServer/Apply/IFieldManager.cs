using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Resources;

namespace AeroGrid.ApiServer.Apply;

/// <summary>
/// Field ownership (<c>metadata.managedFields</c>, https://kubernetes.io/docs/reference/using-api/server-side-apply/). Pure functions of
/// their arguments: the caller stores the result. Thread-safe.
/// </summary>
public interface IFieldManager
{
    /// <summary>
    /// Merges an applied configuration into the live object: sets the fields that it names, removes those that this manager owned and no
    /// longer names, and records ownership.
    /// </summary>
    /// <param name="definition">The resource in the version that the request used.</param>
    /// <param name="live">The stored object, or null when apply creates it. Not changed.</param>
    /// <param name="applied">The configuration as sent. Not changed.</param>
    /// <param name="request">Manager, force, subresource, time.</param>
    /// <returns>The merged object with new managedFields, or the conflicts when other managers own fields with other values and force is off.</returns>
    ApplyOutcome Apply(ResourceDefinition definition, JsonObject? live, JsonObject applied, FieldManagerRequest request);

    /// <summary>Records ownership for a create, update or other patch: every field that the write changed now belongs to its manager (operation Update).</summary>
    /// <param name="definition">The resource in the version that the request used.</param>
    /// <param name="live">The stored object before the write; null on create.</param>
    /// <param name="updated">The object to be stored; its managedFields are replaced in place.</param>
    /// <param name="request">Manager, subresource, time.</param>
    void Track(ResourceDefinition definition, JsonObject? live, JsonObject updated, FieldManagerRequest request);
}

/// <summary>Who writes, and how.</summary>
/// <param name="Manager">Value of <c>fieldManager</c>, or the User-Agent up to the first slash; at most 128 characters.</param>
/// <param name="Force">Take fields from other managers (apply only).</param>
/// <param name="Subresource"><c>status</c> or <c>scale</c>; the empty string for the object itself.</param>
/// <param name="Time">The time recorded.</param>
public sealed record FieldManagerRequest(string Manager, bool Force, string Subresource, DateTimeOffset Time);

/// <summary>Outcome of an apply: exactly one of the two is set.</summary>
/// <param name="Merged">The object to store.</param>
/// <param name="Conflicts">Fields that others own; never empty when <paramref name="Merged"/> is null.</param>
public sealed record ApplyOutcome(JsonObject? Merged, IReadOnlyList<ApplyConflict> Conflicts);

/// <summary>One conflict: a cause of the 409 Status with reason <c>FieldManagerConflict</c>.</summary>
/// <param name="Field">Path such as <c>.spec.replicas</c>.</param>
/// <param name="Manager">Who owns it, as kubectl prints it: <c>"kubectl" using apps/v1</c>.</param>
public sealed record ApplyConflict(string Field, string Manager);
