using System.Text.Json;
using AeroGrid.ApiServer.Storage;

namespace AeroGrid.ApiServer.Selectors;

/// <summary>Which objects of a resource a list or watch is about. Immutable.</summary>
/// <param name="Namespace">One namespace; null for all.</param>
/// <param name="Labels">Label selector.</param>
/// <param name="Fields">Field selector.</param>
internal sealed record Selection(string? Namespace, LabelSelector Labels, FieldSelector Fields)
{
    private static readonly Dictionary<string, string> NoLabels = [];

    /// <summary>Whether every object of the namespace matches.</summary>
    public bool IsEverything => Labels.IsEmpty && Fields.IsEmpty;

    /// <summary>Whether an object matches; null does not.</summary>
    public bool Matches(StoredObject? stored) =>
        stored is not null
        && (Namespace is null || stored.Key.Namespace == Namespace)
        && (Fields.IsEmpty || Fields.Matches(stored))
        && (Labels.IsEmpty || Labels.Matches(ReadLabels(stored.Value)));

    /// <summary>Reads <c>metadata.labels</c>; metadata comes early, so most of the object is not looked at.</summary>
    internal static Dictionary<string, string> ReadLabels(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        if (!MoveInto(ref reader, "metadata"u8) || !MoveInto(ref reader, "labels"u8))
        {
            return NoLabels;
        }

        var labels = new Dictionary<string, string>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            labels[name] = reader.GetString() ?? "";
        }

        return labels;
    }

    private static bool MoveInto(ref Utf8JsonReader reader, ReadOnlySpan<byte> field)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var found = reader.ValueTextEquals(field);
            reader.Read();
            if (found)
            {
                return reader.TokenType == JsonTokenType.StartObject;
            }

            reader.Skip();
        }

        return false;
    }
}
