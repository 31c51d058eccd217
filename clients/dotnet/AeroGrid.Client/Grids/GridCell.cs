using System.Globalization;

namespace AeroGrid.Client.Grids;

/// <summary>A value of a row: null, a truth value, a whole number, a number, a text, a point in time, or an error that says why there is no value. Immutable.</summary>
public readonly struct GridCell : IEquatable<GridCell>
{
    private readonly long _bits;
    private readonly string? _text;

    private GridCell(CellKind kind, long bits, string? text = null)
    {
        Kind = kind;
        _bits = bits;
        _text = text;
    }

    /// <summary>No value.</summary>
    public static GridCell Null => default;

    /// <summary>What the cell holds.</summary>
    public CellKind Kind { get; }

    /// <summary>Whether there is no value.</summary>
    public bool IsNull => Kind == CellKind.Null;

    /// <summary>Whether there is an error in place of a value.</summary>
    public bool IsError => Kind == CellKind.Error;

    /// <summary>The truth value.</summary>
    /// <exception cref="InvalidOperationException">The cell holds something else.</exception>
    public bool Boolean => Kind == CellKind.Boolean ? _bits != 0 : throw Not(CellKind.Boolean);

    /// <summary>The whole number.</summary>
    /// <exception cref="InvalidOperationException">The cell holds something else.</exception>
    public long Int64 => Kind == CellKind.Int64 ? _bits : throw Not(CellKind.Int64);

    /// <summary>The number; also of a whole number, which may lose its last digits beyond 2^53.</summary>
    /// <exception cref="InvalidOperationException">The cell holds no number.</exception>
    public double Double => Kind switch
    {
        CellKind.Double => BitConverter.Int64BitsToDouble(_bits),
        CellKind.Int64 => _bits,
        _ => throw Not(CellKind.Double),
    };

    /// <summary>The text.</summary>
    /// <exception cref="InvalidOperationException">The cell holds something else.</exception>
    public string Text => Kind == CellKind.Text ? _text! : throw Not(CellKind.Text);

    /// <summary>The point in time, in UTC.</summary>
    /// <exception cref="InvalidOperationException">The cell holds something else.</exception>
    public DateTimeOffset Timestamp => Kind == CellKind.Timestamp ? new DateTimeOffset(_bits, TimeSpan.Zero) : throw Not(CellKind.Timestamp);

    /// <summary>Why there is no value, in words for a person.</summary>
    /// <exception cref="InvalidOperationException">The cell holds something else.</exception>
    public string Error => Kind == CellKind.Error ? _text! : throw Not(CellKind.Error);

    /// <summary>The value as <see cref="bool"/>, <see cref="long"/>, <see cref="double"/>, <see cref="string"/> or <see cref="DateTimeOffset"/>; null also for an error.</summary>
    public object? Value => Kind switch
    {
        CellKind.Boolean => Boolean,
        CellKind.Int64 => Int64,
        CellKind.Double => Double,
        CellKind.Text => Text,
        CellKind.Timestamp => Timestamp,
        _ => null,
    };

    /// <summary>A truth value.</summary>
    public static GridCell Of(bool value) => new(CellKind.Boolean, value ? 1 : 0);

    /// <summary>A whole number.</summary>
    public static GridCell Of(long value) => new(CellKind.Int64, value);

    /// <summary>A number; not a number and the infinities too.</summary>
    public static GridCell Of(double value) => new(CellKind.Double, BitConverter.DoubleToInt64Bits(value));

    /// <summary>A text.</summary>
    public static GridCell Of(string value) => new(CellKind.Text, 0, value ?? throw new ArgumentNullException(nameof(value)));

    /// <summary>A point in time.</summary>
    public static GridCell Of(DateTimeOffset value) => new(CellKind.Timestamp, value.UtcTicks);

    /// <summary>An error.</summary>
    public static GridCell OfError(string message) => new(CellKind.Error, 0, message ?? throw new ArgumentNullException(nameof(message)));

    /// <summary>Whether two cells are the same.</summary>
    public static bool operator ==(GridCell left, GridCell right) => left.Equals(right);

    /// <summary>Whether two cells are different.</summary>
    public static bool operator !=(GridCell left, GridCell right) => !left.Equals(right);

    /// <summary>Whether the kind and the value are the same. Not a number is the same as itself.</summary>
    public bool Equals(GridCell other) => Kind == other.Kind && _bits == other._bits && string.Equals(_text, other._text, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is GridCell other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Kind, _bits, _text);

    /// <summary>The value as text, the same in every culture: numbers so that they read back exactly, times as ISO 8601, errors as <c>#text</c>, null as nothing.</summary>
    public override string ToString() => Kind switch
    {
        CellKind.Boolean => Boolean ? "true" : "false",
        CellKind.Int64 => _bits.ToString(CultureInfo.InvariantCulture),
        CellKind.Double => Double.ToString("R", CultureInfo.InvariantCulture),
        CellKind.Text => _text!,
        CellKind.Timestamp => Timestamp.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture),
        CellKind.Error => "#" + _text,
        _ => "",
    };

    private InvalidOperationException Not(CellKind wanted) => new($"the cell holds {Kind}, not {wanted}");
}

/// <summary>What a cell holds.</summary>
public enum CellKind
{
    /// <summary>No value.</summary>
    Null,

    /// <summary>A truth value.</summary>
    Boolean,

    /// <summary>A whole number of 64 bits.</summary>
    Int64,

    /// <summary>A number of IEEE 754, double precision.</summary>
    Double,

    /// <summary>A text.</summary>
    Text,

    /// <summary>A point in time.</summary>
    Timestamp,

    /// <summary>An error in place of a value.</summary>
    Error,
}
