using System.Text.Json;
using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Resources;
using AeroGrid.ApiServer.Storage;

namespace AeroGrid.ApiServer.Selectors;

/// <summary>A field selector (https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/). Immutable.</summary>
internal sealed class FieldSelector
{
    private static readonly SelectableField Name = new("metadata.name");
    private static readonly SelectableField Namespace = new("metadata.namespace");

    private readonly List<FieldRequirement> _requirements;
    private readonly ResourceDefinition? _definition;

    private FieldSelector(List<FieldRequirement> requirements, ResourceDefinition? definition)
    {
        _requirements = requirements;
        _definition = definition;
    }

    /// <summary>Selects everything.</summary>
    public static FieldSelector Everything { get; } = new([], null);

    /// <summary>Whether everything matches.</summary>
    public bool IsEmpty => _requirements.Count == 0;

    /// <summary>The only name that can match; null when there is none such.</summary>
    public string? SingleName => _requirements.FirstOrDefault(r => r.Field == Name && r.Equal)?.Value;

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
            requirements.Add(ParseTerm(text, term, definition));
        }

        return new FieldSelector(requirements, definition);
    }

    /// <summary>Whether an object matches.</summary>
    public bool Matches(StoredObject stored)
    {
        JsonDocument? document = null;
        try
        {
            foreach (var requirement in _requirements)
            {
                var value = requirement.Field == Name
                    ? stored.Key.Name
                    : requirement.Field == Namespace
                        ? stored.Key.Namespace
                        : requirement.Field.ValueOf((document ??= JsonDocument.Parse(ObjectCodec.Represent(stored, _definition!).Value)).RootElement);
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

    private static FieldRequirement ParseTerm(string text, string term, ResourceDefinition definition)
    {
        var position = term.IndexOf('=');
        if (position <= 0)
        {
            throw ApiException.BadRequest($"invalid field selector \"{text}\": \"{term}\" must be field=value or field!=value");
        }

        var equal = term[position - 1] != '!';
        var path = term[..(equal ? position : position - 1)].Trim();
        var value = term[(position + 1)..];
        return new FieldRequirement(Find(path, definition), equal, Unescape(equal && value.StartsWith('=') ? value[1..] : value));
    }

    private static SelectableField Find(string name, ResourceDefinition definition) => name switch
    {
        "metadata.name" => Name,
        "metadata.namespace" => Namespace,
        _ => definition.SelectableFields.FirstOrDefault(f => f.Name == name) ?? throw ApiException.BadRequest(
            $"field label not supported: {name}; {definition.Plural} support {string.Join(", ", ((IEnumerable<SelectableField>)[Name, Namespace, .. definition.SelectableFields]).Select(f => f.Name))}"),
    };

    private static string Unescape(string value) =>
        value.Contains('\\') ? value.Replace("\\,", ",").Replace("\\=", "=").Replace("\\\\", "\\") : value;

    private sealed record FieldRequirement(SelectableField Field, bool Equal, string Value);
}
