using System.Text.Json;
using AeroGrid.Oci.References;

namespace AeroGrid.Oci.Distribution;

/// <summary>Pages of tags (OCI distribution specification, "Listing tags").</summary>
internal static class TagList
{
    public static IEnumerable<string> Parse(RepositoryName repository, byte[] content)
    {
        try
        {
            using var document = JsonDocument.Parse(content);
            var tags = document.RootElement.GetProperty("tags");
            // Docker's registry writes null for a repository whose last tag was deleted.
            return tags.ValueKind == JsonValueKind.Null ? [] : [.. tags.EnumerateArray().Select(t => t.GetString()!)];
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new RegistryException($"The registry's list of tags of {repository} cannot be read: {e.Message}", null, e);
        }
    }

    /// <summary>Address of the next page from <c>Link: &lt;…&gt;; rel="next"</c>, or null at the end.</summary>
    public static Uri? NextPage(HttpResponseMessage response)
    {
        if (!response.Headers.TryGetValues("Link", out var links))
            return null;
        var link = links.FirstOrDefault(l => l.Contains("next", StringComparison.Ordinal));
        var (start, end) = (link?.IndexOf('<') ?? -1, link?.IndexOf('>') ?? -1);
        return start >= 0 && end > start ? new Uri(response.RequestMessage!.RequestUri!, link![(start + 1)..end]) : null;
    }
}
