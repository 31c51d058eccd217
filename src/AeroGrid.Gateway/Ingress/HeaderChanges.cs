using AeroGrid.Gateway.Resources;

using Microsoft.AspNetCore.Http;

namespace AeroGrid.Gateway.Ingress;

/// <summary>Header changes of a route: remove, then set, then add.</summary>
/// <param name="Remove">Names.</param>
/// <param name="Set">Replaced or created.</param>
/// <param name="Add">Appended.</param>
internal sealed record HeaderChanges(
    IReadOnlyList<string> Remove, IReadOnlyList<KeyValuePair<string, string>> Set, IReadOnlyList<KeyValuePair<string, string>> Add)
{
    public static readonly HeaderChanges None = new([], [], []);

    public bool IsEmpty => ReferenceEquals(this, None);

    /// <summary>The name under which a change of the Host header is written in Istio's objects.</summary>
    public const string Authority = ":authority";

    public static HeaderChanges Of(HeaderOperations? operations)
    {
        if (operations is not ({ Set.Count: > 0 } or { Add.Count: > 0 } or { Remove.Count: > 0 }))
            return None;
        return new([.. operations.Remove ?? []], Valid(operations.Set), Valid(operations.Add));
    }

    /// <summary>Changes the headers of an answer.</summary>
    public void ApplyTo(IHeaderDictionary headers)
    {
        if (IsEmpty)
            return;
        foreach (var name in Remove)
            headers.Remove(name);
        foreach (var (name, value) in Set)
            headers[name] = value;
        foreach (var (name, value) in Add)
            headers.Append(name, value);
    }

    // A line break would be a header of the author's choice in somebody else's connection.
    private static KeyValuePair<string, string>[] Valid(IDictionary<string, string>? headers) =>
        [.. (headers ?? new Dictionary<string, string>()).Where(header => header.Value.AsSpan().IndexOfAny('\r', '\n', '\0') < 0)];
}
