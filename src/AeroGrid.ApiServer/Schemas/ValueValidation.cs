using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace AeroGrid.ApiServer.Schemas;

/// <summary>The validations of one schema node that look at its value only. Immutable and thread-safe.</summary>
public sealed record ValueValidation
{
    /// <summary>Compiled <c>pattern</c>; non-backtracking, since both pattern and value come from users.</summary>
    public Regex? Pattern { get; init; }

    /// <summary>The pattern as its author wrote it, in Go's syntax.</summary>
    public string? PatternText { get; init; }

    /// <summary>Allowed values; empty when any is allowed.</summary>
    public IReadOnlyList<JsonNode?> Enum { get; init; } = [];

    /// <summary>Smallest length of a string in Unicode code points.</summary>
    public long? MinLength { get; init; }

    /// <summary>Largest length of a string in Unicode code points.</summary>
    public long? MaxLength { get; init; }

    /// <summary>Fewest elements.</summary>
    public long? MinItems { get; init; }

    /// <summary>Most elements.</summary>
    public long? MaxItems { get; init; }

    /// <summary>Fewest fields.</summary>
    public long? MinProperties { get; init; }

    /// <summary>Most fields.</summary>
    public long? MaxProperties { get; init; }

    /// <summary>Lower bound.</summary>
    public double? Minimum { get; init; }

    /// <summary>Upper bound.</summary>
    public double? Maximum { get; init; }

    /// <summary>Whether <see cref="Minimum"/> itself is outside.</summary>
    public bool ExclusiveMinimum { get; init; }

    /// <summary>Whether <see cref="Maximum"/> itself is outside.</summary>
    public bool ExclusiveMaximum { get; init; }

    /// <summary>The value is a multiple of this.</summary>
    public double? MultipleOf { get; init; }

    /// <summary>Whether array elements must differ (<c>uniqueItems</c> is forbidden in CRDs except as false; kept for completeness of built-ins).</summary>
    public bool UniqueItems { get; init; }

    /// <summary>All of these must hold.</summary>
    public IReadOnlyList<SchemaNode> AllOf { get; init; } = [];

    /// <summary>At least one of these must hold.</summary>
    public IReadOnlyList<SchemaNode> AnyOf { get; init; } = [];

    /// <summary>Exactly one of these must hold.</summary>
    public IReadOnlyList<SchemaNode> OneOf { get; init; } = [];

    /// <summary>This must not hold.</summary>
    public SchemaNode? Not { get; init; }
}
