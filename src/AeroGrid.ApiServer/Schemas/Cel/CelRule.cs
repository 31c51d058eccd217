namespace AeroGrid.ApiServer.Schemas.Cel;

/// <summary>One compiled entry of <c>x-kubernetes-validations</c>. Immutable and thread-safe.</summary>
internal sealed record CelRule
{
    /// <summary>The expression as written.</summary>
    public required string Rule { get; init; }

    /// <summary>The expression.</summary>
    public required CelExpression Expression { get; init; }

    /// <summary>What the user is told; null for the rule itself.</summary>
    public string? Message { get; init; }

    /// <summary>An expression for the message; the fixed message stands where it fails.</summary>
    public CelExpression? MessageExpression { get; init; }

    /// <summary>Reason of the cause.</summary>
    public string Reason { get; init; } = FieldErrorReasons.Invalid;

    /// <summary>Field that is to blame, relative to the value.</summary>
    public IReadOnlyList<string> FieldPath { get; init; } = [];

    /// <summary>Whether it compares with the state before: such a rule holds where there is none.</summary>
    public bool IsTransition { get; init; }
}
