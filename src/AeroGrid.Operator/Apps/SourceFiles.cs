using System.Text.Json;

using AeroGrid.Api.Apps;

namespace AeroGrid.Operator.Apps;

/// <summary>
/// The files of an app in the data of a ConfigMap and back. Keys of a ConfigMap cannot hold '/' or most other characters, so files are
/// numbered, and the key <c>index.json</c> has their paths: <c>["app.py","lib/prices.py"]</c> are the keys <c>0</c> and <c>1</c>.
/// </summary>
internal static class SourceFiles
{
    private const string IndexKey = "index.json";

    /// <summary>The data of a ConfigMap; the same for the same files in any order.</summary>
    public static Dictionary<string, string> Encode(IEnumerable<AppFile> files)
    {
        var sorted = files.OrderBy(file => file.Path, StringComparer.Ordinal).ToList();
        var data = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [IndexKey] = JsonSerializer.Serialize(sorted.Select(file => file.Path)),
        };
        for (var i = 0; i < sorted.Count; i++)
            data[$"{i}"] = sorted[i].Content;
        return data;
    }

    /// <summary>The files that <see cref="Encode"/> put in.</summary>
    /// <exception cref="FormatException">The data are not of that form.</exception>
    public static IReadOnlyList<AppFile> Decode(IDictionary<string, string>? data)
    {
        if (data is null || !data.TryGetValue(IndexKey, out var index))
            throw new FormatException($"The ConfigMap has no key {IndexKey}.");
        try
        {
            var paths = JsonSerializer.Deserialize<List<string>>(index) ?? [];
            return [.. paths.Select((path, i) => new AppFile { Path = path, Content = data[$"{i}"] })];
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException)
        {
            throw new FormatException($"The ConfigMap's {IndexKey} does not describe its files.", e);
        }
    }
}
