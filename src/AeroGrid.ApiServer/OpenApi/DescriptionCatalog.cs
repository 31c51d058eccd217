using System.Text.Json;
using AeroGrid.ApiServer.Resources.BuiltIn;

namespace AeroGrid.ApiServer.OpenApi;

/// <summary>
/// Texts of the built-in kinds for <c>kubectl explain</c>, from the embedded <c>builtin-descriptions.json</c>. Large, hence read for making
/// documents and let go afterwards. Not thread-safe.
/// </summary>
internal sealed class DescriptionCatalog : IDisposable
{
    private readonly JsonDocument _document;

    private DescriptionCatalog(JsonDocument document) => _document = document;

    /// <summary>Reads the texts.</summary>
    public static DescriptionCatalog Read()
    {
        using var stream = BuiltInSchemas.Open("builtin-descriptions.json");
        return new DescriptionCatalog(JsonDocument.Parse(stream));
    }

    /// <summary>Text of a field of a definition, or of the definition itself when the field is empty; null when there is none.</summary>
    public string? Find(string? definition, string field) =>
        definition is not null && _document.RootElement.TryGetProperty(definition, out var texts) && texts.TryGetProperty(field, out var text) && text.GetString() is { Length: > 0 } found
            ? found
            : null;

    /// <inheritdoc/>
    public void Dispose() => _document.Dispose();
}
