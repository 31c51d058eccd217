namespace AeroGrid.ApiServer.Schemas.Cel;

/// <summary>Methods of lists (https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-list-library).</summary>
internal static class CelListFunctions
{
    /// <summary>Calls a method.</summary>
    public static object? Call(string name, CelList list, object?[] a, CelEvaluator evaluator)
    {
        evaluator.Charge(list.Items.Count);
        return (name, a) switch
        {
            ("sum", []) => Sum(list),
            ("min", []) => Extreme(list, "min", sign: -1),
            ("max", []) => Extreme(list, "max", sign: 1),
            ("isSorted", []) => list.Items.Zip(list.Items.Skip(1)).All(pair => CelValues.Compare(pair.First, pair.Second) <= 0),
            ("indexOf", [var value]) => (long)list.Items.ToList().FindIndex(i => CelValues.AreEqual(i, value)),
            ("lastIndexOf", [var value]) => (long)list.Items.ToList().FindLastIndex(i => CelValues.AreEqual(i, value)),
            ("join", []) => Join(list, ""),
            ("join", [string separator]) => Join(list, separator),
            _ => throw CelFunctions.NoOverload(name, [list, .. a]),
        };
    }

    private static object Sum(CelList list)
    {
        if (list.Items.All(i => i is long))
        {
            return list.Items.Aggregate(0L, (sum, item) => checked(sum + (long)item!));
        }

        if (list.Items.All(i => i is TimeSpan))
        {
            return list.Items.Aggregate(TimeSpan.Zero, (sum, item) => sum + (TimeSpan)item!);
        }

        return list.Items.Sum(i => i switch { long integer => integer, double number => number, _ => throw CelFunctions.NoOverload("sum", i) });
    }

    private static object? Extreme(CelList list, string name, int sign)
    {
        if (list.Items.Count == 0)
        {
            throw new CelException($"{name}() called on an empty list");
        }

        return list.Items.Aggregate((best, item) => CelValues.Compare(item, best) * sign > 0 ? item : best);
    }

    private static string Join(CelList list, string separator) =>
        string.Join(separator, list.Items.Select(i => i as string ?? throw CelFunctions.NoOverload("join", i)));
}
