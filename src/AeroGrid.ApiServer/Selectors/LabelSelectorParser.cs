using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.Selectors;

/// <summary>Parses the grammar of k8s.io/apimachinery/pkg/labels: <c>key</c>, <c>!key</c>, <c>key=v</c>, <c>key in (v, w)</c>, <c>key&gt;1</c> …</summary>
internal sealed class LabelSelectorParser(string text)
{
    private int _position;

    /// <summary>All requirements.</summary>
    /// <exception cref="ApiException">400.</exception>
    public List<LabelRequirement> Parse()
    {
        var result = new List<LabelRequirement>();
        do
        {
            result.Add(Requirement());
        }
        while (TryTake(","));

        SkipSpace();
        return _position == text.Length ? result : throw Wrong("expected ',' or the end");
    }

    private LabelRequirement Requirement()
    {
        if (TryTake("!"))
        {
            return new LabelRequirement(Key(), LabelOperator.NotExists, []);
        }

        var key = Key();
        SkipSpace();
        if (TryTake("==") || TryTake("="))
        {
            return new LabelRequirement(key, LabelOperator.In, [Value()]);
        }

        if (TryTake("!="))
        {
            return new LabelRequirement(key, LabelOperator.NotIn, [Value()]);
        }

        if (TryTake(">"))
        {
            return new LabelRequirement(key, LabelOperator.GreaterThan, [Integer()]);
        }

        if (TryTake("<"))
        {
            return new LabelRequirement(key, LabelOperator.LessThan, [Integer()]);
        }

        return Word(peek: true) switch
        {
            "in" => new LabelRequirement(key, LabelOperator.In, Set()),
            "notin" => new LabelRequirement(key, LabelOperator.NotIn, Set()),
            "" => new LabelRequirement(key, LabelOperator.Exists, []),
            var word => throw Wrong($"found '{word}', expected: in, notin, =, ==, !=, >, <"),
        };
    }

    private List<string> Set()
    {
        Word(peek: false);
        if (!TryTake("("))
        {
            throw Wrong("expected '('");
        }

        var values = new List<string>();
        do
        {
            values.Add(Value());
        }
        while (TryTake(","));

        return TryTake(")") ? values : throw Wrong("expected ',' or ')'");
    }

    private string Key()
    {
        var key = Word(peek: false);
        if (key.Length == 0)
        {
            throw Wrong("expected a label key");
        }

        return Names.QualifiedName(key) is { } error ? throw Wrong($"'{key}' is not a label key: {error}") : key;
    }

    private string Value()
    {
        var value = Word(peek: false);
        return Names.LabelValue(value) is { } error ? throw Wrong($"'{value}' is not a label value: {error}") : value;
    }

    private string Integer()
    {
        var value = Word(peek: false);
        return long.TryParse(value, out _) ? value : throw Wrong($"'{value}' is not an integer, which > and < need");
    }

    private string Word(bool peek)
    {
        SkipSpace();
        var end = _position;
        while (end < text.Length && !char.IsWhiteSpace(text[end]) && !"=!(),<>".Contains(text[end]))
        {
            end++;
        }

        var word = text[_position..end];
        _position = peek ? _position : end;
        return word;
    }

    private bool TryTake(string token)
    {
        SkipSpace();
        if (string.CompareOrdinal(text, _position, token, 0, token.Length) != 0)
        {
            return false;
        }

        _position += token.Length;
        return true;
    }

    private void SkipSpace()
    {
        while (_position < text.Length && char.IsWhiteSpace(text[_position]))
        {
            _position++;
        }
    }

    private ApiException Wrong(string what) =>
        ApiException.BadRequest($"unable to parse requirement: the label selector \"{text}\" is wrong at character {_position + 1}: {what}");
}
