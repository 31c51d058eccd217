namespace AeroGrid.Runner.Grids;

/// <summary>
/// One value of a row, in 16 bytes: a reference, which is the text itself or says what the 64 bits beside it are. Immutable.
/// </summary>
internal readonly struct Cell : IEquatable<Cell>
{
    private static readonly object BoolTag = new();
    private static readonly object Int64Tag = new();
    private static readonly object DoubleTag = new();
    private static readonly object TimestampTag = new();

    private readonly object? reference;
    private readonly long bits;

    private Cell(object? reference, long bits) => (this.reference, this.bits) = (reference, bits);

    /// <summary>No value. Also what <c>default</c> is.</summary>
    public static Cell Null => default;

    public CellKind Kind => reference switch
    {
        null => CellKind.Null,
        string => CellKind.String,
        ErrorText => CellKind.Error,
        var tag when tag == DoubleTag => CellKind.Double,
        var tag when tag == Int64Tag => CellKind.Int64,
        var tag when tag == BoolTag => CellKind.Bool,
        _ => CellKind.Timestamp,
    };

    public bool AsBool => bits != 0;

    public long AsInt64 => bits;

    public double AsDouble => BitConverter.Int64BitsToDouble(bits);

    public string AsString => (string)reference!;

    /// <summary>In UTC, in steps of 100 ns.</summary>
    public DateTime AsTimestamp => new(bits, DateTimeKind.Utc);

    public string AsError => ((ErrorText)reference!).Text;

    /// <summary>Bytes of memory beyond the cell itself, about.</summary>
    public int ExtraBytes => reference switch
    {
        string text => TextBytes(text),
        ErrorText error => 24 + TextBytes(error.Text),
        _ => 0,
    };

    public static Cell Of(bool value) => new(BoolTag, value ? 1 : 0);

    public static Cell Of(long value) => new(Int64Tag, value);

    public static Cell Of(double value) => new(DoubleTag, BitConverter.DoubleToInt64Bits(value));

    public static Cell Of(string value) => new(value, 0);

    public static Cell Of(DateTime utc) => new(TimestampTag, utc.Ticks);

    public static Cell OfError(string text) => new(new ErrorText(text), 0);

    /// <summary>Same kind and same value; not a number equals itself, since a subscriber would see no difference.</summary>
    public bool Equals(Cell other) => reference switch
    {
        string text => other.reference is string otherText && string.Equals(text, otherText, StringComparison.Ordinal),
        ErrorText error => other.reference is ErrorText otherError && string.Equals(error.Text, otherError.Text, StringComparison.Ordinal),
        _ => ReferenceEquals(reference, other.reference) && bits == other.bits,
    };

    public override bool Equals(object? obj) => obj is Cell other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(Kind, bits, reference as string);

    /// <summary>What a .NET string takes: header, length, UTF-16, rounded up.</summary>
    internal static int TextBytes(string text) => (22 + (text.Length * 2) + 7) & ~7;

    private sealed record ErrorText(string Text);
}
