using System.Globalization;
using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.Apply;

/// <summary>One entry of <c>metadata.managedFields</c>.</summary>
/// <param name="Manager">Name of the manager.</param>
/// <param name="Operation">Apply or Update.</param>
/// <param name="ApiVersion">Version in which the fields are written.</param>
/// <param name="Subresource">Empty for the object itself.</param>
/// <param name="Time">When the manager last changed its fields; null when unknown.</param>
/// <param name="Fields">What it owns.</param>
internal sealed record ManagedEntry(string Manager, string Operation, string ApiVersion, string Subresource, string? Time, FieldSet Fields)
{
    public const string Apply = "Apply";
    public const string Update = "Update";

    /// <summary>
    /// Whether an entry belongs to the same manager. One who applies is the same in every version, since applying is a whole statement.
    /// </summary>
    public bool IsOf(string manager, string operation, string apiVersion, string subresource) =>
        Manager == manager && Operation == operation && Subresource == subresource && (operation == Apply || ApiVersion == apiVersion);

    /// <summary>As conflicts name it: <c>"kubectl-client-side-apply" using apps/v1</c>.</summary>
    public string Show()
    {
        var subresource = Subresource.Length == 0 ? "" : $" with subresource \"{Subresource}\"";
        return $"\"{Manager}\"{subresource}{(Operation == Update ? $" using {ApiVersion}" : "")}";
    }
}

/// <summary>Reading and writing of <c>metadata.managedFields</c>.</summary>
internal static class ManagedFields
{
    /// <summary>More Update entries than this are put together, so that a client with changing names cannot grow an object without end.</summary>
    public const int MostUpdates = 10;

    private const string Ancient = "ancient-changes";

    /// <summary>Reads the entries of an object.</summary>
    /// <returns>Null when there is an entry that cannot be understood.</returns>
    public static List<ManagedEntry>? Read(JsonObject? obj)
    {
        var result = new List<ManagedEntry>();
        foreach (var entry in obj.ArrayAt("metadata", "managedFields") ?? [])
        {
            if (entry.TextAt("manager") is not { } manager || entry.TextAt("operation") is not { } operation || entry.ObjectAt("fieldsV1") is not { } fields
                || entry.TextAt("fieldsType") != "FieldsV1" || operation is not (ManagedEntry.Apply or ManagedEntry.Update))
            {
                return null;
            }

            try
            {
                result.Add(new ManagedEntry(
                    manager, operation, entry.TextAt("apiVersion") ?? "", entry.TextAt("subresource") ?? "", entry.TextAt("time"), FieldSet.FromJson(fields)));
            }
            catch (FormatException)
            {
                return null;
            }
        }

        return result;
    }

    /// <summary>Whether a client asks for ownership to be forgotten: a list of one empty entry.</summary>
    public static bool IsReset(JsonObject obj) => obj.ArrayAt("metadata", "managedFields") is [JsonObject { Count: 0 }];

    /// <summary>Replaces the entries of an object; none removes the field.</summary>
    public static void Write(JsonObject obj, IEnumerable<ManagedEntry> entries)
    {
        var metadata = obj.Ensure("metadata");
        var array = new JsonArray();
        foreach (var entry in Sorted(Capped([.. entries.Where(e => !e.Fields.IsEmpty)])))
        {
            var json = new JsonObject { ["manager"] = entry.Manager, ["operation"] = entry.Operation, ["apiVersion"] = entry.ApiVersion };
            if (entry.Time is not null)
            {
                json["time"] = entry.Time;
            }

            json["fieldsType"] = "FieldsV1";
            json["fieldsV1"] = entry.Fields.ToJson();
            if (entry.Subresource.Length > 0)
            {
                json["subresource"] = entry.Subresource;
            }

            array.Add((JsonNode)json);
        }

        metadata.Remove("managedFields");
        if (array.Count > 0)
        {
            metadata["managedFields"] = array;
        }
    }

    /// <summary>A time as it is recorded.</summary>
    public static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static IEnumerable<ManagedEntry> Sorted(IEnumerable<ManagedEntry> entries) => entries
        .OrderBy(e => e.Operation, StringComparer.Ordinal)
        .ThenBy(e => e.Time ?? "", StringComparer.Ordinal)
        .ThenBy(e => e.Manager, StringComparer.Ordinal)
        .ThenBy(e => e.ApiVersion, StringComparer.Ordinal)
        .ThenBy(e => e.Subresource, StringComparer.Ordinal);

    private static List<ManagedEntry> Capped(List<ManagedEntry> entries)
    {
        var updates = entries.Where(e => e.Operation == ManagedEntry.Update).OrderBy(e => e.Time ?? "", StringComparer.Ordinal).ThenBy(e => e.Manager, StringComparer.Ordinal).ToList();
        if (updates.Count <= MostUpdates)
        {
            return entries;
        }

        // The oldest go together, one entry a version; the entry that puts them together counts as well.
        var old = updates.Where(e => e.Manager == Ancient).Union(updates.Where(e => e.Manager != Ancient).Take(updates.Count - MostUpdates + 1)).ToList();
        var together = old.GroupBy(e => (e.ApiVersion, e.Subresource)).Select(g => new ManagedEntry(
            Ancient, ManagedEntry.Update, g.Key.ApiVersion, g.Key.Subresource, g.Max(e => e.Time), g.Select(e => e.Fields).Aggregate((a, b) => a.Union(b))));
        return [.. entries.Except(old), .. together];
    }
}
