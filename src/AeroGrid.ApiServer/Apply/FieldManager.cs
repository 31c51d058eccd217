using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Resources;
using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.Apply;

/// <summary>
/// Field ownership with the semantics of sigs.k8s.io/structured-merge-diff and the managers that kube-apiserver puts around it. Stateless,
/// hence thread-safe.
/// </summary>
internal sealed class FieldManager : IFieldManager
{
    /// <summary>Owner of what was there before anybody applied.</summary>
    private const string BeforeFirstApply = "before-first-apply";

    /// <summary>The manager of <c>kubectl apply --server-side</c>, which takes over from its own client-side apply.</summary>
    private const string Kubectl = "kubectl";

    /// <inheritdoc/>
    public ApplyOutcome Apply(ResourceDefinition definition, JsonObject? live, JsonObject applied, FieldManagerRequest request)
    {
        if (applied.ArrayAt("metadata", "managedFields") is { Count: > 0 })
        {
            throw ApiException.BadRequest("metadata.managedFields must be nil: leave it out of an applied configuration");
        }

        var outcome = ApplyOnce(definition, live, applied, request);
        if (outcome.Merged is null && request.Manager == Kubectl && live is not null)
        {
            var remaining = outcome.Conflicts.Where(c => !LastApplied.Allows(definition, live, c.Field)).ToList();
            outcome = remaining.Count == 0 ? ApplyOnce(definition, live, applied, request with { Force = true }) : new ApplyOutcome(null, remaining);
        }

        return outcome;
    }

    /// <inheritdoc/>
    public void Track(ResourceDefinition definition, JsonObject? live, JsonObject updated, FieldManagerRequest request)
    {
        if (ManagedFields.IsReset(updated))
        {
            ManagedFields.Write(updated, []);
            return;
        }

        // A client may edit the list itself; one that is empty or that cannot be understood counts as not sent.
        var entries = request.Subresource.Length == 0 ? ManagedFields.Read(updated) : null;
        if (entries is not { Count: > 0 })
        {
            entries = ManagedFields.Read(live) ?? [];
        }

        // Ownership that was reset stays so until somebody applies.
        if (live is not null && entries.Count == 0)
        {
            ManagedFields.Write(updated, []);
            return;
        }

        var difference = Ownership.Of(definition, live ?? [], updated, request.Subresource);
        var changed = difference.Changed;
        var result = entries.Select(e => e with { Fields = e.Fields.Except(changed).Except(difference.Removed) }).ToList();
        if (!changed.IsEmpty)
        {
            var own = result.FindIndex(e => e.IsOf(request.Manager, ManagedEntry.Update, definition.ApiVersion, request.Subresource));
            var entry = new ManagedEntry(
                request.Manager, ManagedEntry.Update, definition.ApiVersion, request.Subresource, ManagedFields.Text(request.Time),
                own < 0 ? changed : result[own].Fields.Union(changed));
            if (own < 0)
            {
                result.Add(entry);
            }
            else
            {
                result[own] = entry;
            }
        }

        ManagedFields.Write(updated, result);
    }

    private static ApplyOutcome ApplyOnce(ResourceDefinition definition, JsonObject? live, JsonObject applied, FieldManagerRequest request)
    {
        var schema = definition.Schema.Root;
        var configuration = Ownership.Relevant(definition, applied, request.Subresource);
        var entries = ManagedFields.Read(live) ?? [];
        if (entries.Count == 0 && live is not null)
        {
            var all = Ownership.Of(definition, [], live, subresource: "").Changed;
            entries.Add(new ManagedEntry(BeforeFirstApply, ManagedEntry.Update, definition.ApiVersion, "", null, all));
        }

        var previous = entries.Find(e => e.IsOf(request.Manager, ManagedEntry.Apply, definition.ApiVersion, request.Subresource));
        var others = entries.Where(e => e != previous).ToList();
        var wanted = Ownership.Claimed(definition, configuration, request.Subresource);

        var merged = FieldMerge.Merge(schema, live ?? [], configuration);
        if (previous is not null)
        {
            // Here the name counts as well: metadata must not go with its last label.
            var named = FieldExtraction.Of(schema, configuration);
            FieldRemoval.Remove(schema, merged, previous.Fields, others.Aggregate(named, (all, entry) => all.Union(entry.Fields)));
        }

        definition.Schema.ApplyDefaults(merged);
        var difference = Ownership.Of(definition, live ?? [], merged, request.Subresource);
        var conflicts = Conflicts(others, difference.Changed);
        if (conflicts.Count > 0 && !request.Force)
        {
            return new ApplyOutcome(null, conflicts);
        }

        // After the comparison: the annotation is kubectl's own note and no reason for a conflict.
        if (request.Manager == Kubectl)
        {
            LastApplied.Refresh(merged, applied);
        }

        var result = others.Select(e => e with { Fields = e.Fields.Except(difference.Changed).Except(difference.Removed) }).ToList();
        var unchanged = live is not null && JsonNode.DeepEquals(Unmanaged(live), Unmanaged(merged))
            && previous is not null && previous.Fields.SetEquals(wanted) && previous.ApiVersion == definition.ApiVersion;
        result.Add(new ManagedEntry(
            request.Manager, ManagedEntry.Apply, definition.ApiVersion, request.Subresource, unchanged ? previous!.Time : ManagedFields.Text(request.Time), wanted));
        ManagedFields.Write(merged, result);
        return new ApplyOutcome(merged, []);
    }

    private static List<ApplyConflict> Conflicts(List<ManagedEntry> others, FieldSet changed)
    {
        var conflicts = new List<ApplyConflict>();
        foreach (var entry in others)
        {
            conflicts.AddRange(entry.Fields.Intersect(changed).Paths().Select(path => new ApplyConflict(path, entry.Show())));
        }

        return [.. conflicts.OrderBy(c => c.Manager, StringComparer.Ordinal)];
    }

    private static JsonObject Unmanaged(JsonObject obj)
    {
        var copy = (JsonObject)obj.DeepClone();
        copy.ObjectAt("metadata")?.Remove("managedFields");
        return copy;
    }
}
