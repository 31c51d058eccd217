using System.Text.Json;
using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Resources;
using AeroGrid.ApiServer.Storage;

namespace AeroGrid.ApiServer.Selectors;

/// <summary>A field selector (https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/). Immutable.</summary>
internal sealed class FieldSelector
{
    private readonly List<FieldRequirement> _requirements;

    private FieldSelector(List<FieldRequirement> requirements) => _requirements = requirements;

    /// <summary>Selects everything.</summary>
    public static FieldSelector Everything { get; } = new([]);

    /// <summary>Whether everything matches.</summary>
    public bool IsEmpty => _requirements.Count == 0;

    /// <summary>The only name that can match; null when there is none such.</summary>
    public string? SingleName => _requirements.FirstOrDefault(r => r is { Path: "metadata.name", Equal: true })?.Value;

    /// <summary>Parses a selector such as <c>metadata.name=a,status.phase!=Running</c>.</summary>
    /// <exception cref="ApiException">400: malformed, or the resource does not support this field.</exception>
    public static FieldSelector Parse(string? text, ResourceDefinition definition)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return Everything;
        }

        var requirements = new List<FieldRequirement>();
        foreach (var term in SplitTerms(text))
        {
            var requirement = ParseTerm(text, term);
            if (requirement.Path is not ("metadata.name" or "metadata.namespace") && !definition.SelectableFields.Contains(requirement.Path))
            {
                throw ApiException.BadRequest(
                    $"field label not supported: {requirement.Path}; {definition.Plural} support {string.Join(", ", ["metadata.name", "metadata.namespace", .. definition.SelectableFields])}");
            }

            requirements.Add(requirement);
        }

        return new FieldSelector(requirements);
    }

    /// <summary>Whether an object matches.</summary>
    public bool Matches(StoredObject stored)
    {
        JsonDocument? document = null;
        try
        {
            foreach (var requirement in _requirements)
            {
                var value = requirement.Path switch
                {
                    "metadata.name" => stored.Key.Name,
                    "metadata.namespace" => stored.Key.Namespace,
                    var path => ValueAt((document ??= JsonDocument.Parse(stored.Value)).RootElement, path),
                };
                if ((value == requirement.Value) != requirement.Equal)
                {
                    return false;
                }
            }

            return true;
        }
        finally
        {
            document?.Dispose();
        }
    }

    private static string ValueAt(JsonElement element, string path)
    {
        foreach (var name in path.Split('.'))
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element))
            {
                return "";
            }
        }

        return element.ValueKind switch
        {
            JsonValueKind.String => element.GetString()!,
            JsonValueKind.Null => "",
            _ => element.GetRawText(),
        };
    }

    /// <summary>Commas separate; a backslash takes the next character as it is.</summary>
    private static IEnumerable<string> SplitTerms(string text)
    {
        var start = 0;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && text[i] == '\\')
            {
                i++;
            }
            else if (i == text.Length || text[i] == ',')
            {
                if (i > start)
                {
                    yield return text[start..i];
                }

                start = i + 1;
            }
        }
    }

    private static FieldRequirement ParseTerm(string text, string term)
    {
        var position = term.IndexOf('=');
        if (position <= 0)
        {
            throw ApiException.BadRequest($"invalid field selector \"{text}\": \"{term}\" must be field=value or field!=value");
        }

        var equal = term[position - 1] != '!';
        var path = term[..(equal ? position : position - 1)].Trim();
        var value = term[(position + 1)..];
        return new FieldRequirement(path, equal, Unescape(equal && value.StartsWith('=') ? value[1..] : value));
    }

    private static string Unescape(string value) =>
        value.Contains('\\') ? value.Replace("\\,", ",").Replace("\\=", "=").Replace("\\\\", "\\") : value;

    private sealed record FieldRequirement(string Path, bool Equal, string Value);
}
