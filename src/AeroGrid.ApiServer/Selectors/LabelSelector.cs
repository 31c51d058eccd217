using System.Globalization;
using AeroGrid.ApiServer.Errors;

namespace AeroGrid.ApiServer.Selectors;

/// <summary>A label selector (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors). Immutable.</summary>
internal sealed class LabelSelector
{
    private readonly List<LabelRequirement> _requirements;

    private LabelSelector(List<LabelRequirement> requirements) => _requirements = requirements;

    /// <summary>Selects everything.</summary>
    public static LabelSelector Everything { get; } = new([]);

    /// <summary>Whether everything matches.</summary>
    public bool IsEmpty => _requirements.Count == 0;

    /// <summary>Parses a selector such as <c>app=web,tier in (a, b),!old</c>.</summary>
    /// <exception cref="ApiException">400, with the place.</exception>
    public static LabelSelector Parse(string? text) =>
        string.IsNullOrWhiteSpace(text) ? Everything : new LabelSelector(new LabelSelectorParser(text).Parse());

    /// <summary>Whether labels match.</summary>
    public bool Matches(IReadOnlyDictionary<string, string> labels)
    {
        foreach (var requirement in _requirements)
        {
            if (!requirement.Matches(labels))
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>Relations of a label and values.</summary>
internal enum LabelOperator
{
    /// <summary>The label is there.</summary>
    Exists,

    /// <summary>The label is not there.</summary>
    NotExists,

    /// <summary>The label has one of the values.</summary>
    In,

    /// <summary>The label has none of the values, or is not there.</summary>
    NotIn,

    /// <summary>The label is an integer above the value.</summary>
    GreaterThan,

    /// <summary>The label is an integer below the value.</summary>
    LessThan,
}

/// <summary>One requirement; all must hold.</summary>
internal sealed record LabelRequirement(string Key, LabelOperator Operator, IReadOnlyList<string> Values)
{
    /// <summary>Whether labels meet it.</summary>
    public bool Matches(IReadOnlyDictionary<string, string> labels)
    {
        var present = labels.TryGetValue(Key, out var value);
        return Operator switch
        {
            LabelOperator.Exists => present,
            LabelOperator.NotExists => !present,
            LabelOperator.In => present && Values.Contains(value!),
            LabelOperator.NotIn => !present || !Values.Contains(value!),
            LabelOperator.GreaterThan => Number(value) is { } n && n > Number(Values[0]),
            _ => Number(value) is { } n && n < Number(Values[0]),
        };
    }

    private static long? Number(string? text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n) ? n : null;
}
