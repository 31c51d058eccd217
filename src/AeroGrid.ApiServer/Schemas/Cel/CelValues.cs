using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AeroGrid.ApiServer.Schemas.Cel;

/// <summary>A list: an array of an object with its schema, or what an expression makes.</summary>
internal sealed record CelList(IReadOnlyList<object?> Items, SchemaNode? Schema = null);

/// <summary>A map or object of a value, with its schema; read field by field, since a rule looks at few of them.</summary>
internal sealed record CelMap(JsonObject? Json, SchemaNode? Schema, IReadOnlyDictionary<string, object?>? Entries = null)
{
    /// <summary>How many entries there are.</summary>
    public int Count => Entries?.Count ?? Json!.Count;

    /// <summary>The keys.</summary>
    public IEnumerable<string> Keys => Entries?.Keys ?? Json!.Select(f => f.Key);

    /// <summary>The value of a key.</summary>
    public bool TryGet(string key, out object? value)
    {
        if (Entries is not null)
        {
            return Entries.TryGetValue(key, out value);
        }

        if (Json!.TryGetPropertyValue(key, out var node))
        {
            value = CelValues.Of(node, Schema?.Properties.GetValueOrDefault(key) ?? Schema?.AdditionalProperties);
            return true;
        }

        value = null;
        return false;
    }
}

/// <summary>A Kubernetes quantity.</summary>
internal readonly record struct CelQuantity(decimal Value);

/// <summary>
/// Values of expressions: null, <see cref="bool"/>, <see cref="long"/>, <see cref="double"/>, <see cref="string"/>,
/// <see cref="TimeSpan"/>, <see cref="DateTimeOffset"/>, <see cref="CelQuantity"/>, <see cref="Uri"/>, <see cref="CelList"/>, <see cref="CelMap"/>.
/// </summary>
internal static class CelValues
{
    /// <summary>The value of JSON under a schema: the schema decides between int and double, text and time.</summary>
    public static object? Of(JsonNode? node, SchemaNode? schema)
    {
        switch (node)
        {
            case null:
                return null;
            case JsonObject obj:
                return new CelMap(obj, schema);
            case JsonArray array:
                return new CelList([.. array.Select(item => Of(item, schema?.Items))], schema);
        }

        switch (node.GetValueKind())
        {
            case JsonValueKind.True:
                return true;
            case JsonValueKind.False:
                return false;
            case JsonValueKind.Number:
                return schema?.Type != "number" && node.AsInteger() is { } integer ? integer : node.AsDouble();
            default:
                var text = node.AsText()!;
                return schema?.Format switch
                {
                    "duration" when GoDuration.TryParse(text, out var duration) => duration,
                    "date-time" or "date" when DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) => time,
                    _ => text,
                };
        }
    }

    /// <summary>Equality: numbers by value, lists of type set and map without regard to order.</summary>
    public static bool AreEqual(object? left, object? right)
    {
        switch (left, right)
        {
            case (null, null):
                return true;
            case (null, _) or (_, null):
                return false;
            case (CelList a, CelList b):
                return AreEqual(a, b);
            case (CelMap a, CelMap b):
                return a.Count == b.Count && a.Keys.All(key => b.TryGet(key, out var other) && a.TryGet(key, out var own) && AreEqual(own, other));
            case (long a, double b):
                return a == b;
            case (double a, long b):
                return a == b;
            default:
                return left.Equals(right);
        }
    }

    /// <summary>Order of two values of one type.</summary>
    /// <exception cref="CelException">They have none.</exception>
    public static int Compare(object? left, object? right) => (left, right) switch
    {
        (long a, long b) => a.CompareTo(b),
        (double or long, double or long) => Convert.ToDouble(left, CultureInfo.InvariantCulture).CompareTo(Convert.ToDouble(right, CultureInfo.InvariantCulture)),
        (string a, string b) => string.CompareOrdinal(a, b),
        (bool a, bool b) => a.CompareTo(b),
        (TimeSpan a, TimeSpan b) => a.CompareTo(b),
        (DateTimeOffset a, DateTimeOffset b) => a.CompareTo(b),
        _ => throw new CelException($"no such overload: {NameOf(left)} and {NameOf(right)} have no order"),
    };

    /// <summary>Name of a value's type.</summary>
    public static string NameOf(object? value) => value switch
    {
        null => "null_type",
        bool => "bool",
        long => "int",
        double => "double",
        string => "string",
        TimeSpan => "duration",
        DateTimeOffset => "timestamp",
        CelQuantity => "quantity",
        Uri => "url",
        CelList => "list",
        _ => "map",
    };

    private static bool AreEqual(CelList a, CelList b)
    {
        if (a.Items.Count != b.Items.Count)
        {
            return false;
        }

        if ((a.Schema ?? b.Schema)?.ListType is not ("set" or "map"))
        {
            return a.Items.Zip(b.Items).All(pair => AreEqual(pair.First, pair.Second));
        }

        // Elements of such lists are unique, so that one direction is enough.
        return a.Items.All(item => b.Items.Any(other => AreEqual(item, other)));
    }
}
