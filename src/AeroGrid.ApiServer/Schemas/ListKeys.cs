using System.Text.Json.Nodes;

namespace AeroGrid.ApiServer.Schemas;

/// <summary>Identity of the elements of lists of type <c>map</c>.</summary>
internal static class ListKeys
{
    /// <summary>
    /// The key fields of an element, where an absent one counts as its default (a container port without protocol is TCP); null when
    /// the element is no object or has none of them.
    /// </summary>
    public static JsonObject? KeyOf(SchemaNode list, JsonNode? element)
    {
        if (element is not JsonObject obj)
        {
            return null;
        }

        var key = new JsonObject();
        foreach (var name in list.ListMapKeys)
        {
            if (obj.TryGetPropertyValue(name, out var value) && value is not null)
            {
                key[name] = value.DeepClone();
            }
            else if (list.Items?.Properties.GetValueOrDefault(name)?.Default is { } byDefault)
            {
                key[name] = byDefault.DeepClone();
            }
        }

        return key.Count == 0 ? null : key;
    }
}
