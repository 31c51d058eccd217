namespace AeroGrid.Client.Resources;

/// <summary>Which resources are listed or watched. All of them by default.</summary>
public sealed record ListOptions
{
    /// <summary>Only those whose labels match, for example <c>team=prices,stage!=test</c>.</summary>
    public string? LabelSelector { get; init; }

    /// <summary>Only those whose fields match, for example <c>metadata.name=ordersapp</c>.</summary>
    public string? FieldSelector { get; init; }

    internal string ToQuery(params (string Name, string? Value)[] more)
    {
        (string Name, string? Value)[] all = [("labelSelector", LabelSelector), ("fieldSelector", FieldSelector), .. more];
        var query = string.Join('&', all.Where(p => p.Value is not null).Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value!)}"));
        return query.Length == 0 ? "" : "?" + query;
    }
}
