using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Resources;
using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.Apply;

/// <summary>
/// Which part of an object a write is about: fields that the system keeps have no owner, and <c>status</c> belongs to writes of that
/// subresource only.
/// </summary>
internal static class Ownership
{
    private static readonly FieldSet SystemFields = MakeSystemFields();

    /// <summary>The part of an applied configuration that counts, as a copy.</summary>
    public static JsonObject Relevant(ResourceDefinition definition, JsonObject applied, string subresource)
    {
        var copy = (JsonObject)applied.DeepClone();
        if (!definition.HasStatus)
        {
            return copy;
        }

        if (subresource.Length == 0)
        {
            copy.Remove("status");
        }
        else if (subresource == "status")
        {
            foreach (var name in copy.Select(f => f.Key).Where(n => n is not ("apiVersion" or "kind" or "metadata" or "status")).ToList())
            {
                copy.Remove(name);
            }

            var metadata = copy.Ensure("metadata");
            foreach (var name in metadata.Select(f => f.Key).Where(n => n is not ("name" or "namespace" or "uid" or "resourceVersion")).ToList())
            {
                metadata.Remove(name);
            }
        }

        return copy;
    }

    /// <summary>What a configuration claims.</summary>
    public static FieldSet Claimed(ResourceDefinition definition, JsonObject configuration, string subresource) =>
        Strip(definition, FieldExtraction.Of(definition.Schema.Root, configuration), subresource);

    /// <summary>What changed between two states, as far as it can be owned.</summary>
    public static FieldDifference Of(ResourceDefinition definition, JsonObject before, JsonObject after, string subresource)
    {
        var difference = FieldComparison.Of(definition.Schema.Root, before, after);
        return new FieldDifference(Strip(definition, difference.Changed, subresource), Strip(definition, difference.Removed, subresource));
    }

    private static FieldSet Strip(ResourceDefinition definition, FieldSet set, string subresource)
    {
        set = set.Except(SystemFields);
        return definition.HasStatus && subresource.Length == 0 ? set.Without("f:status") : set;
    }

    private static FieldSet MakeSystemFields()
    {
        var set = new FieldSet();
        set.Add("f:apiVersion");
        set.Add("f:kind");
        set.Add("f:metadata");
        foreach (var name in (ReadOnlySpan<string>)
            ["name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation", "managedFields", "resourceVersion"])
        {
            set.Add("f:metadata", "f:" + name);
        }

        return set;
    }
}
