using System.Text.Json;

namespace AeroGrid.ApiServer.Resources;

/// <summary>A field that field selectors may name. Immutable.</summary>
/// <param name="Name">The name in selectors, for example <c>status.phase</c>.</param>
/// <param name="Absent">What an object without a value counts as: Go's zero value of the field, as Kubernetes compares it.</param>
public sealed record SelectableField(string Name, string Absent = "")
{
    private readonly IReadOnlyList<string>? _paths;

    /// <summary>Where the value is: the first of these paths that has one. By default the name itself.</summary>
    public IReadOnlyList<string> Paths
    {
        get => _paths ?? [Name];
        init => _paths = value;
    }

    /// <summary>Fields whose name is their path and that are texts.</summary>
    public static IReadOnlyList<SelectableField> Texts(params IEnumerable<string> names) => [.. names.Select(name => new SelectableField(name))];

    /// <summary>The value of an object.</summary>
    internal string ValueOf(JsonElement obj)
    {
        foreach (var path in Paths)
        {
            if (ValueAt(obj, path) is { Length: > 0 } value)
            {
                return value;
            }
        }

        return Absent;
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
}
