using System.Text.RegularExpressions;

namespace AeroGrid.ApiServer.Schemas.Cel;

/// <summary>A node of a parsed expression. Immutable, hence thread-safe.</summary>
internal abstract record CelExpression;

/// <summary>A literal: null, <see cref="bool"/>, <see cref="long"/>, <see cref="double"/> or <see cref="string"/>.</summary>
internal sealed record CelLiteral(object? Value) : CelExpression;

/// <summary>A variable.</summary>
internal sealed record CelIdentifier(string Name) : CelExpression;

/// <summary><c>operand.field</c>, or with <paramref name="Test"/> the macro <c>has(operand.field)</c>.</summary>
internal sealed record CelSelect(CelExpression Operand, string Field, bool Test) : CelExpression;

/// <summary><c>operand[index]</c>.</summary>
internal sealed record CelIndex(CelExpression Operand, CelExpression Index) : CelExpression;

/// <summary>An operator or a function; methods have a target.</summary>
/// <param name="Function">Name or symbol.</param>
/// <param name="Target">What a method is called on; null for functions.</param>
/// <param name="Arguments">Arguments.</param>
/// <param name="Pattern">The compiled argument of <c>matches</c> where it is a literal.</param>
internal sealed record CelCall(string Function, CelExpression? Target, IReadOnlyList<CelExpression> Arguments, Regex? Pattern = null) : CelExpression;

/// <summary><c>condition ? then : otherwise</c>.</summary>
internal sealed record CelConditional(CelExpression Condition, CelExpression Then, CelExpression Otherwise) : CelExpression;

/// <summary><c>[a, b]</c>.</summary>
internal sealed record CelListLiteral(IReadOnlyList<CelExpression> Items) : CelExpression;

/// <summary><c>{"a": b}</c>.</summary>
internal sealed record CelMapLiteral(IReadOnlyList<(CelExpression Key, CelExpression Value)> Entries) : CelExpression;

/// <summary>One of the macros over lists and keys of maps: all, exists, exists_one, filter, map.</summary>
/// <param name="Macro">Which one.</param>
/// <param name="Range">What is walked.</param>
/// <param name="Variable">Name of the element.</param>
/// <param name="Filter">The condition; for map the optional one.</param>
/// <param name="Transform">The result of map.</param>
internal sealed record CelComprehension(string Macro, CelExpression Range, string Variable, CelExpression? Filter, CelExpression? Transform) : CelExpression;

/// <summary>A mistake in an expression, or a failure while it is evaluated; the message is for the person who wrote it.</summary>
internal sealed class CelException(string message) : Exception(message);
