using System.Text.Json;

namespace AeroGrid.Gateway.Resources;

/// <summary>Collects what an object asks for and this gateway does not do, for one log entry for each state of the object.</summary>
internal sealed class UnsupportedFields
{
    private readonly List<string> found = [];

    public bool Any => found.Count > 0;

    /// <summary>Members of an object that are not known.</summary>
    public void Add(string path, Dictionary<string, JsonElement>? unknown)
    {
        foreach (var name in unknown?.Keys ?? Enumerable.Empty<string>())
            found.Add($"{path}.{name}");
    }

    /// <summary>A value that is not known.</summary>
    public void Add(string path, string value) => found.Add($"{path} ({value})");

    public override string ToString() => string.Join(", ", found);
}
