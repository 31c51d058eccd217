using System.Buffers;
using System.Globalization;
using System.Text.Json;
using AeroGrid.Registry.Storage;
using Microsoft.AspNetCore.Http;

namespace AeroGrid.Registry.Http;

/// <summary>Lists in pages: tags (OCI distribution specification, "Listing tags") and repositories (Docker's catalog).</summary>
internal sealed class ListEndpoints(ImageLayout layout)
{
    public Task TagsAsync(HttpContext context, string repository)
    {
        var tags = (layout.State.Find(repository) ?? throw RegistryProblem.UnknownName(repository)).Tags.Keys;
        return WriteAsync(context, "tags", tags, repository);
    }

    public Task CatalogAsync(HttpContext context) => WriteAsync(context, "repositories", layout.State.Repositories.Keys, null);

    private static async Task WriteAsync(HttpContext context, string field, IEnumerable<string> sorted, string? name)
    {
        var last = context.Request.Query["last"].ToString();
        var size = ReadSize(context.Request);
        var rest = sorted.Where(item => string.CompareOrdinal(item, last) > 0);
        var page = rest.Take(size).ToList();
        if (page.Count == size && size > 0 && rest.Skip(size).Any())
        {
            var next = string.Create(CultureInfo.InvariantCulture, $"{context.Request.Path}?n={size}&last={Uri.EscapeDataString(page[^1])}");
            context.Response.Headers.Link = $"<{next}>; rel=\"next\"";
        }

        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (name is not null)
                json.WriteString("name", name);
            json.WriteStartArray(field);
            page.ForEach(item => json.WriteStringValue(item));
            json.WriteEndArray();
            json.WriteEndObject();
        }

        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(buffer.WrittenMemory, context.RequestAborted);
    }

    private static int ReadSize(HttpRequest request)
    {
        if (!request.Query.TryGetValue("n", out var text))
            return int.MaxValue;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            ? size
            : throw new RegistryProblem(StatusCodes.Status400BadRequest, "PAGINATION_NUMBER_INVALID", $"n is '{text}' and not a number from 0 on.");
    }
}
