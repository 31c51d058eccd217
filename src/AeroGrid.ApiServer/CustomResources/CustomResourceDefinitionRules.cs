using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.CustomResources;

/// <summary>Defaults and validation of CustomResourceDefinitions (apiextensions.k8s.io/v1).</summary>
internal sealed class CustomResourceDefinitionRules : IKindRules
{
    private const int MostColumns = 100;

    /// <inheritdoc/>
    public void Prune(JsonObject obj, List<string> removed)
    {
        var index = 0;
        foreach (var version in obj.ObjectsAt("spec", "versions"))
        {
            SchemaKeywords.Prune(version.At("schema", "openAPIV3Schema"), SchemaPath(index++), removed);
        }
    }

    /// <inheritdoc/>
    public void ApplyDefaults(JsonObject obj)
    {
        if (obj["spec"] is not JsonObject spec)
        {
            return;
        }

        spec.SetDefault("conversion", new JsonObject { ["strategy"] = "None" });
        if (spec["names"] is JsonObject names && names.TextAt("kind") is { Length: > 0 } kind)
        {
            names.SetDefault("singular", kind.ToLowerInvariant());
            names.SetDefault("listKind", kind + "List");
        }
    }

    /// <inheritdoc/>
    public void Validate(JsonObject obj, JsonObject? old, List<FieldError> errors)
    {
        var path = FieldPath.Root.Field("spec");
        var spec = obj.ObjectAt("spec")!;
        CheckNames(obj, spec, path, errors);
        CheckVersions(spec, path.Field("versions"), errors);
        if (spec.BooleanAt("preserveUnknownFields") == true)
        {
            errors.Add(FieldErrors.Invalid(
                path.Field("preserveUnknownFields"), true, "must be false: say x-kubernetes-preserve-unknown-fields: true in the schema instead"));
        }

        if (spec.TextAt("conversion", "strategy") == "Webhook")
        {
            errors.Add(FieldErrors.NotSupported(path.Fields("conversion", "strategy"), "Webhook", ["\"None\""]));
        }

        if (old is not null)
        {
            CheckUnchanged(obj, old, path, errors);
        }
    }

    /// <summary>Where the schema of a version is.</summary>
    public static FieldPath SchemaPath(int version) => FieldPath.Root.Fields("spec", "versions").Index(version).Fields("schema", "openAPIV3Schema");

    private static void CheckNames(JsonObject obj, JsonObject spec, FieldPath path, List<FieldError> errors)
    {
        var group = spec.TextAt("group")!;
        if (!group.Contains('.') || Names.Subdomain(group) is not null)
        {
            errors.Add(FieldErrors.Invalid(path.Field("group"), group, Names.Subdomain(group) ?? "should be a domain with at least one dot"));
        }

        var names = spec.ObjectAt("names")!;
        var at = path.Field("names");
        var plural = names.TextAt("plural")!;
        Check(names, "plural", Names.Rfc1035Label, at, errors);
        Check(names, "singular", Names.Rfc1035Label, at, errors);
        // Kinds are labels in CamelCase.
        Check(names, "kind", kind => Names.Rfc1035Label(kind.ToLowerInvariant()), at, errors);
        Check(names, "listKind", kind => Names.Rfc1035Label(kind.ToLowerInvariant()), at, errors);
        foreach (var list in (ReadOnlySpan<string>)["shortNames", "categories"])
        {
            var index = 0;
            foreach (var name in names.ArrayAt(list) ?? [])
            {
                if (name.AsText() is not { } text || Names.Rfc1035Label(text) is not null)
                {
                    errors.Add(FieldErrors.Invalid(at.Field(list).Index(index), name, Names.Rfc1035Label(name.AsText() ?? "") ?? "must be a text"));
                }

                index++;
            }
        }

        if (names.TextAt("kind") == names.TextAt("listKind"))
        {
            errors.Add(FieldErrors.Invalid(at.Field("listKind"), names["listKind"], "kind and listKind may not be the same"));
        }

        var expected = $"{plural}.{group}";
        if (obj.TextAt("metadata", "name") != expected)
        {
            errors.Add(FieldErrors.Invalid(FieldPath.Root.Fields("metadata", "name"), obj.At("metadata", "name"), $"must be spec.names.plural+\".\"+spec.group, that is {expected}"));
        }
    }

    private static void Check(JsonObject names, string field, Func<string, string?> rule, FieldPath path, List<FieldError> errors)
    {
        if (names.TextAt(field) is { } name && rule(name) is { } wrong)
        {
            errors.Add(FieldErrors.Invalid(path.Field(field), name, wrong));
        }
    }

    private static void CheckVersions(JsonObject spec, FieldPath path, List<FieldError> errors)
    {
        var versions = spec.ObjectsAt("versions").ToList();
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < versions.Count; i++)
        {
            var at = path.Index(i);
            var name = versions[i].TextAt("name")!;
            if (Names.Rfc1035Label(name) is { } wrong)
            {
                errors.Add(FieldErrors.Invalid(at.Field("name"), name, wrong));
            }
            else if (!names.Add(name))
            {
                errors.Add(FieldErrors.Duplicate(at.Field("name"), name));
            }

            CheckVersion(versions[i], i, at, errors);
        }

        if (versions.Count(v => v.BooleanAt("storage") == true) != 1)
        {
            errors.Add(FieldErrors.Invalid(path, spec["versions"], "must have exactly one version marked as storage version"));
        }
    }

    private static void CheckVersion(JsonObject version, int index, FieldPath path, List<FieldError> errors)
    {
        if (version.At("schema", "openAPIV3Schema") is not JsonObject schema)
        {
            errors.Add(FieldErrors.Required(path.Fields("schema", "openAPIV3Schema"), "schemas are required"));
            return;
        }

        var (root, found) = SchemaReader.Read(schema, SchemaPath(index));
        errors.AddRange(found);
        if (version.ArrayAt("additionalPrinterColumns") is { Count: > MostColumns } many)
        {
            errors.Add(FieldErrors.TooMany(path.Field("additionalPrinterColumns"), many.Count, MostColumns));
        }

        var i = 0;
        foreach (var column in version.ObjectsAt("additionalPrinterColumns"))
        {
            var at = path.Field("additionalPrinterColumns").Index(i++);
            CheckPath(column, "jsonPath", at, namesOnly: false, errors);
            if (!PrinterColumns.Types.Contains(column.TextAt("type")))
            {
                errors.Add(FieldErrors.NotSupported(at.Field("type"), column["type"], PrinterColumns.Types.Select(t => $"\"{t}\"")));
            }
        }

        if (version.At("subresources", "scale") is JsonObject scale)
        {
            var at = path.Fields("subresources", "scale");
            CheckScalePath(scale, "specReplicasPath", ".spec.", at, errors);
            CheckScalePath(scale, "statusReplicasPath", ".status.", at, errors);
            CheckScalePath(scale, "labelSelectorPath", ".", at, errors);
        }

        CheckSelectable(version, root, path.Field("selectableFields"), errors);
    }

    private static void CheckScalePath(JsonObject scale, string field, string prefix, FieldPath path, List<FieldError> errors)
    {
        if (scale.TextAt(field) is not { } text)
        {
            return;
        }

        CheckPath(scale, field, path, namesOnly: true, errors);
        if (!text.StartsWith(prefix, StringComparison.Ordinal))
        {
            errors.Add(FieldErrors.Invalid(path.Field(field), text, $"should be a json path under {prefix.TrimEnd('.')}"));
        }
    }

    private static void CheckSelectable(JsonObject version, SchemaNode root, FieldPath path, List<FieldError> errors)
    {
        var i = 0;
        foreach (var selectable in version.ObjectsAt("selectableFields"))
        {
            var at = path.Index(i++);
            if (CheckPath(selectable, "jsonPath", at, namesOnly: true, errors) is not { Names: { } names })
            {
                continue;
            }

            var node = root;
            foreach (var name in names)
            {
                node = node?.Properties.GetValueOrDefault(name);
            }

            if (node is not { Type: "string" or "integer" or "boolean" } || names[0] == "metadata")
            {
                errors.Add(FieldErrors.Invalid(at.Field("jsonPath"), selectable["jsonPath"], "must point to a field of type string, boolean or integer outside of metadata"));
            }
        }
    }

    private static JsonPath? CheckPath(JsonObject obj, string field, FieldPath path, bool namesOnly, List<FieldError> errors)
    {
        var text = obj.TextAt(field)!;
        try
        {
            var parsed = JsonPath.Parse(text);
            if (namesOnly && parsed.Names is null)
            {
                errors.Add(FieldErrors.Invalid(path.Field(field), text, "must be a path of field names such as .spec.replicas"));
                return null;
            }

            return parsed;
        }
        catch (FormatException e)
        {
            errors.Add(FieldErrors.Invalid(path.Field(field), text, e.Message));
            return null;
        }
    }

    private static void CheckUnchanged(JsonObject obj, JsonObject old, FieldPath path, List<FieldError> errors)
    {
        foreach (var field in (ReadOnlySpan<string>)["group", "scope"])
        {
            if (obj.TextAt("spec", field) != old.TextAt("spec", field))
            {
                errors.Add(FieldErrors.Immutable(path.Field(field), obj.At("spec", field)));
            }
        }

        var kept = obj.ObjectsAt("spec", "versions").Select(v => v.TextAt("name")).ToHashSet();
        var index = 0;
        foreach (var stored in old.ArrayAt("status", "storedVersions") ?? [])
        {
            if (!kept.Contains(stored.AsText()) && Lists(obj, stored.AsText()))
            {
                errors.Add(FieldErrors.Invalid(
                    FieldPath.Root.Fields("status", "storedVersions").Index(index), stored, "must appear in spec.versions: objects may still be stored in it"));
            }

            index++;
        }
    }

    private static bool Lists(JsonObject obj, string? version) => (obj.ArrayAt("status", "storedVersions") ?? []).Any(v => v.AsText() == version);
}
