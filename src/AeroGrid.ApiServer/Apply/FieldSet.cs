using System.Text.Json.Nodes;

namespace AeroGrid.ApiServer.Apply;

/// <summary>
/// A set of field paths as a tree. The elements of a path are written as in <c>FieldsV1</c>: <c>f:name</c> for a field, <c>k:{"name":"x"}</c>
/// for an element of a list of type map, <c>v:"x"</c> for one of a set, <c>i:0</c> for an index. Set operations make new sets.
/// <code>{"f:spec":{"f:ports":{"k:{\"port\":80}":{".":{},"f:port":{}}}}}</code>
/// </summary>
internal sealed class FieldSet
{
    private readonly SortedDictionary<string, FieldSet> _children = new(StringComparer.Ordinal);

    /// <summary>Whether the path that leads here is in the set.</summary>
    public bool IsMember { get; set; }

    /// <summary>The next elements of longer paths.</summary>
    public IReadOnlyDictionary<string, FieldSet> Children => _children;

    /// <summary>Whether no path at or below this one is in the set.</summary>
    public bool IsEmpty => !IsMember && _children.Count == 0;

    /// <summary>The subtree of an element, or null.</summary>
    public FieldSet? Child(string element) => _children.GetValueOrDefault(element);

    /// <summary>The subtree of an element, made where it is missing. For building only: a subtree that stays empty must not be left behind.</summary>
    public FieldSet Descend(string element)
    {
        if (!_children.TryGetValue(element, out var child))
        {
            child = new FieldSet();
            _children[element] = child;
        }

        return child;
    }

    /// <summary>Takes a subtree in, unless it is empty.</summary>
    public void Attach(string element, FieldSet subtree)
    {
        if (!subtree.IsEmpty)
        {
            _children[element] = subtree;
        }
    }

    /// <summary>Adds one path.</summary>
    public void Add(params ReadOnlySpan<string> path)
    {
        var set = this;
        foreach (var element in path)
        {
            set = set.Descend(element);
        }

        set.IsMember = true;
    }

    /// <summary>Paths in either set.</summary>
    public FieldSet Union(FieldSet other)
    {
        var result = new FieldSet { IsMember = IsMember || other.IsMember };
        foreach (var (element, child) in _children)
        {
            result._children[element] = other.Child(element) is { } theirs ? child.Union(theirs) : child;
        }

        foreach (var (element, child) in other._children)
        {
            result._children.TryAdd(element, child);
        }

        return result;
    }

    /// <summary>Paths in both sets.</summary>
    public FieldSet Intersect(FieldSet other)
    {
        var result = new FieldSet { IsMember = IsMember && other.IsMember };
        foreach (var (element, child) in _children)
        {
            if (other.Child(element) is { } theirs)
            {
                result.Attach(element, child.Intersect(theirs));
            }
        }

        return result;
    }

    /// <summary>Paths that are not in the other set.</summary>
    public FieldSet Except(FieldSet other)
    {
        var result = new FieldSet { IsMember = IsMember && !other.IsMember };
        foreach (var (element, child) in _children)
        {
            result.Attach(element, other.Child(element) is { } theirs ? child.Except(theirs) : child);
        }

        return result;
    }

    /// <summary>The set without everything at and below an element.</summary>
    public FieldSet Without(string element)
    {
        if (!_children.ContainsKey(element))
        {
            return this;
        }

        var result = new FieldSet { IsMember = IsMember };
        foreach (var (name, child) in _children)
        {
            if (name != element)
            {
                result._children[name] = child;
            }
        }

        return result;
    }

    /// <summary>Whether both hold the same paths.</summary>
    public bool SetEquals(FieldSet other) =>
        IsMember == other.IsMember && _children.Count == other._children.Count
        && _children.All(c => other.Child(c.Key) is { } theirs && c.Value.SetEquals(theirs));

    /// <summary>The paths as people read them: <c>.spec.containers[name="app"].image</c>.</summary>
    public IEnumerable<string> Paths() => Paths("");

    /// <summary>The <c>fieldsV1</c> form.</summary>
    public JsonObject ToJson()
    {
        var result = new JsonObject();
        // The root has no path of its own, and a leaf is just an empty object.
        foreach (var (element, child) in _children)
        {
            var value = child.ToJson();
            if (child.IsMember && child._children.Count > 0)
            {
                value.Insert(0, ".", new JsonObject());
            }

            result[element] = value;
        }

        return result;
    }

    /// <summary>Reads the <c>fieldsV1</c> form.</summary>
    /// <exception cref="FormatException">It is not in this form.</exception>
    public static FieldSet FromJson(JsonObject fields)
    {
        var result = new FieldSet();
        foreach (var (element, value) in fields)
        {
            if (value is not JsonObject below)
            {
                throw new FormatException($"the value of \"{element}\" is not an object");
            }

            if (element == ".")
            {
                result.IsMember = true;
                continue;
            }

            var child = FromJson(below);
            child.IsMember |= below.Count == 0;
            result._children[PathElements.Canonical(element)] = child;
        }

        return result;
    }

    private IEnumerable<string> Paths(string prefix)
    {
        if (IsMember)
        {
            yield return prefix;
        }

        foreach (var (element, child) in _children)
        {
            foreach (var path in child.Paths(prefix + PathElements.Show(element)))
            {
                yield return path;
            }
        }
    }
}
