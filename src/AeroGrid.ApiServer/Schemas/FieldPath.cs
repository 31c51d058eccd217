using System.Globalization;

namespace AeroGrid.ApiServer.Schemas;

/// <summary>
/// Where a value is inside an object, written as Kubernetes does: <c>spec.files[0].path</c>, <c>metadata.labels[app]</c>. Walks carry one
/// along for free; the text is made only for errors.
/// </summary>
internal sealed class FieldPath
{
    private readonly FieldPath? _parent;
    private readonly string? _name;
    private readonly int _index;
    private readonly bool _isKey;

    private FieldPath(FieldPath? parent, string? name, int index, bool isKey)
    {
        _parent = parent;
        _name = name;
        _index = index;
        _isKey = isKey;
    }

    /// <summary>The object itself.</summary>
    public static FieldPath Root { get; } = new(null, null, 0, isKey: false);

    /// <summary>A named field.</summary>
    public FieldPath Field(string name) => new(this, name, 0, isKey: false);

    /// <summary>A key of a map.</summary>
    public FieldPath Key(string key) => new(this, key, 0, isKey: true);

    /// <summary>An element of an array.</summary>
    public FieldPath Index(int index) => new(this, null, index, isKey: false);

    /// <summary>Several named fields.</summary>
    public FieldPath Fields(params ReadOnlySpan<string> names)
    {
        var path = this;
        foreach (var name in names)
        {
            path = path.Field(name);
        }

        return path;
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        if (_parent is null)
        {
            return "";
        }

        var parent = _parent.ToString();
        if (_name is null)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{parent}[{_index}]");
        }

        if (_isKey)
        {
            return $"{parent}[{_name}]";
        }

        return parent.Length == 0 ? _name : $"{parent}.{_name}";
    }
}
