using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Resources;
using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.CustomResources;

/// <summary>
/// Names of a group are unique: of two CustomResourceDefinitions that want the same short name the one which came first keeps it, and the
/// other one is not served until it is free.
/// </summary>
internal static class CustomResourceNames
{
    /// <summary>The first conflict of a CustomResourceDefinition with what is served by others, or null.</summary>
    /// <returns>Reason and message for the condition NamesAccepted.</returns>
    public static (string Reason, string Message)? Conflict(JsonObject crd, ResourceSnapshot served)
    {
        var group = crd.TextAt("spec", "group");
        var plural = crd.TextAt("spec", "names", "plural");
        var others = served.All.Where(d => d.Group == group && d.Plural != plural).ToList();
        var names = others.SelectMany(d => (string[])[d.Plural, d.Singular, .. d.ShortNames]).ToHashSet();
        var kinds = others.SelectMany(d => (string[])[d.Kind, d.ListKind]).ToHashSet();
        var spec = crd.ObjectAt("spec", "names");
        if (served.All.Any(d => d.Group == group && d.Plural == plural && !d.IsCustom))
        {
            return ("PluralConflict", $"\"{plural}\" is built in");
        }

        foreach (var (field, reason, taken) in new[]
        {
            ("plural", "PluralConflict", names), ("singular", "SingularConflict", names), ("kind", "KindConflict", kinds), ("listKind", "ListKindConflict", kinds),
        })
        {
            if (spec.TextAt(field) is { } name && taken.Contains(name))
            {
                return (reason, $"\"{name}\" is already in use");
            }
        }

        var shortName = (spec.ArrayAt("shortNames") ?? []).Select(n => n.AsText()).FirstOrDefault(n => n is not null && names.Contains(n));
        return shortName is null ? null : ("ShortNamesConflict", $"\"{shortName}\" is already in use");
    }
}
