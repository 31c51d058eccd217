using System.Globalization;
using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Schemas;
using AeroGrid.ApiServer.Tables;

namespace AeroGrid.ApiServer.Resources.BuiltIn.Columns;

/// <summary>Makes the columns that several kinds share, as k8s.io/kubernetes/pkg/printers/internalversion prints them.</summary>
internal static class Column
{
    /// <summary>Shown where there is no value.</summary>
    public const string None = "<none>";

    /// <summary>Age since creation.</summary>
    public static PrinterColumn Age { get; } = new()
    {
        Name = "Age",
        Type = "date",
        Description = "Time since the object was created.",
        Cell = (obj, _) => obj.TextAt("metadata", "creationTimestamp"),
    };

    /// <summary>The time of creation itself.</summary>
    public static PrinterColumn CreatedAt { get; } = Text("Created At", obj => obj.TextAt("metadata", "creationTimestamp"));

    /// <summary>A column of text.</summary>
    public static PrinterColumn Text(string name, Func<JsonObject, string?> cell) =>
        new() { Name = name, Type = "string", Cell = (obj, _) => cell(obj) is { } text ? JsonValue.Create(text) : None };

    /// <summary>A column of text that depends on the time.</summary>
    public static PrinterColumn Timed(string name, Func<JsonObject, DateTimeOffset, string?> cell) =>
        new() { Name = name, Type = "string", Cell = (obj, now) => cell(obj, now) is { } text ? JsonValue.Create(text) : None };

    /// <summary>A column of whole numbers; absent is 0.</summary>
    public static PrinterColumn Number(string name, Func<JsonObject, long?> cell) =>
        new() { Name = name, Type = "integer", Cell = (obj, _) => JsonValue.Create(cell(obj) ?? 0) };

    /// <summary>The same column, shown only with <c>-o wide</c>.</summary>
    public static PrinterColumn Wide(this PrinterColumn column) => column with { Priority = 1 };

    /// <summary>A label selector as kubectl prints it: <c>app=x,tier in (a,b)</c>.</summary>
    public static string Selector(JsonNode? selector)
    {
        var parts = (selector.ObjectAt("matchLabels") ?? []).OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}={l.Value.AsText()}")
            .Concat(selector.ObjectsAt("matchExpressions").Select(Expression));
        var text = string.Join(",", parts);
        return text.Length == 0 ? None : text;
    }

    /// <summary>A map of labels as kubectl prints it.</summary>
    public static string Labels(JsonObject? labels)
    {
        var text = string.Join(",", (labels ?? []).OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}={l.Value.AsText()}"));
        return text.Length == 0 ? None : text;
    }

    /// <summary>Names of the containers of a pod template, shown wide.</summary>
    public static PrinterColumn Containers { get; } = Text(
        "Containers", obj => string.Join(",", obj.ObjectsAt("spec", "template", "spec", "containers").Select(c => c.TextAt("name")))).Wide();

    /// <summary>Images of the containers of a pod template, shown wide.</summary>
    public static PrinterColumn Images { get; } = Text(
        "Images", obj => string.Join(",", obj.ObjectsAt("spec", "template", "spec", "containers").Select(c => c.TextAt("image")))).Wide();

    /// <summary>The label selector in the spec, shown wide.</summary>
    public static PrinterColumn PodSelector { get; } = Text("Selector", obj => Selector(obj.At("spec", "selector"))).Wide();

    /// <summary>Time between an RFC 3339 text and now, or null where the text is no time.</summary>
    public static string? Since(string? time, DateTimeOffset now) =>
        DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var then) ? HumanDuration.Format(now - then) : null;

    private static string Expression(JsonObject expression)
    {
        var key = expression.TextAt("key");
        var values = string.Join(",", (expression.ArrayAt("values") ?? []).Select(v => v.AsText()).Order(StringComparer.Ordinal));
        return expression.TextAt("operator") switch
        {
            "In" => $"{key} in ({values})",
            "NotIn" => $"{key} notin ({values})",
            "DoesNotExist" => $"!{key}",
            _ => key ?? "",
        };
    }
}
