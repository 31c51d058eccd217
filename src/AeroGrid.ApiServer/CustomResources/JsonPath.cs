using System.Globalization;
using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.CustomResources;

/// <summary>
/// The JSONPath of printer columns, scale paths and selectable fields: the subset of
/// https://kubernetes.io/docs/reference/kubectl/jsonpath/ that addresses values, without template texts and ranges.
/// <code>.spec.replicas   .status.conditions[?(@.type=="Ready")].status   .spec.files[*].path   .metadata.labels.app\.name</code>
/// Immutable and thread-safe.
/// </summary>
internal sealed class JsonPath
{
    private readonly List<Step> _steps;

    private JsonPath(string text, List<Step> steps)
    {
        Text = text;
        _steps = steps;
    }

    /// <summary>The path as written.</summary>
    public string Text { get; }

    /// <summary>The names when the path is nothing but names, as scale paths and selectable fields must be; otherwise null.</summary>
    public IReadOnlyList<string>? Names =>
        _steps.All(s => s is NameStep) ? [.. _steps.Select(s => ((NameStep)s).Name)] : null;

    /// <summary>Reads a path.</summary>
    /// <exception cref="FormatException">It is not of the supported form; the message says where.</exception>
    public static JsonPath Parse(string text) => new(text, new Parser(text).ReadAll());

    /// <summary>All values at the path, in document order.</summary>
    public IEnumerable<JsonNode?> Find(JsonNode? root)
    {
        IEnumerable<JsonNode?> nodes = [root];
        foreach (var step in _steps)
        {
            nodes = nodes.SelectMany(step.Apply);
        }

        return nodes;
    }

    private abstract record Step
    {
        public abstract IEnumerable<JsonNode?> Apply(JsonNode? node);
    }

    private sealed record NameStep(string Name) : Step
    {
        public override IEnumerable<JsonNode?> Apply(JsonNode? node) =>
            node is JsonObject obj && obj.TryGetPropertyValue(Name, out var child) ? [child] : [];
    }

    private sealed record WildcardStep : Step
    {
        public override IEnumerable<JsonNode?> Apply(JsonNode? node) => node switch
        {
            JsonObject obj => obj.Select(f => f.Value),
            JsonArray array => array,
            _ => [],
        };
    }

    private sealed record RecursiveStep(string Name) : Step
    {
        public override IEnumerable<JsonNode?> Apply(JsonNode? node)
        {
            if (node is JsonObject obj && obj.TryGetPropertyValue(Name, out var own))
            {
                yield return own;
            }

            IEnumerable<JsonNode?> children = node switch { JsonObject o => o.Select(f => f.Value), JsonArray a => a, _ => [] };
            foreach (var found in children.SelectMany(Apply))
            {
                yield return found;
            }
        }
    }

    private sealed record SliceStep(int Start, int? End, int Stride) : Step
    {
        public override IEnumerable<JsonNode?> Apply(JsonNode? node)
        {
            if (node is not JsonArray array)
            {
                yield break;
            }

            var start = Start < 0 ? Math.Max(0, Start + array.Count) : Start;
            var end = Math.Min(array.Count, End is { } given ? (given < 0 ? given + array.Count : given) : array.Count);
            for (var i = start; i < end; i += Stride)
            {
                yield return array[i];
            }
        }
    }

    private sealed record IndexStep(int Index) : Step
    {
        public override IEnumerable<JsonNode?> Apply(JsonNode? node) =>
            node is JsonArray array && (Index < 0 ? Index + array.Count : Index) is var i && i >= 0 && i < array.Count ? [array[i]] : [];
    }

    private sealed record FilterStep(JsonPath Left, string? Operator, JsonPath? RightPath, JsonNode? RightValue) : Step
    {
        public override IEnumerable<JsonNode?> Apply(JsonNode? node)
        {
            IEnumerable<JsonNode?> candidates = node switch { JsonArray array => array, JsonObject obj => obj.Select(f => f.Value), _ => [] };
            return candidates.Where(Holds);
        }

        private bool Holds(JsonNode? candidate)
        {
            var left = Left.Find(candidate).ToList();
            if (Operator is null)
            {
                return left.Count > 0;
            }

            var right = RightPath is null ? [RightValue] : RightPath.Find(candidate).ToList();
            return left.Count > 0 && right.Count > 0 && Compare(left[0], right[0]);
        }

        private bool Compare(JsonNode? left, JsonNode? right)
        {
            if (Operator is "==" or "!=")
            {
                return JsonNode.DeepEquals(left, right) == (Operator == "==");
            }

            int order;
            if (left.AsDouble() is { } a && right.AsDouble() is { } b)
            {
                order = a.CompareTo(b);
            }
            else if (left.AsText() is { } x && right.AsText() is { } y)
            {
                order = string.CompareOrdinal(x, y);
            }
            else
            {
                return false;
            }

            return Operator switch { "<" => order < 0, "<=" => order <= 0, ">" => order > 0, _ => order >= 0 };
        }
    }

    /// <summary>Reads a path from left to right.</summary>
    private sealed class Parser(string text)
    {
        private static readonly string[] Operators = ["==", "!=", "<=", ">=", "<", ">"];

        private int _position;

        public List<Step> ReadAll()
        {
            // kubectl users write {.spec.x}; a leading $ is the root as well.
            if (text.StartsWith('{') && text.EndsWith('}'))
            {
                return new Parser(text[1..^1]).ReadAll();
            }

            if (Peek == '$')
            {
                _position++;
            }

            if (Peek is not ('.' or '['))
            {
                throw Wrong("a path starts with '.', for example .spec.replicas");
            }

            var steps = ReadSteps(c => false);
            return _position == text.Length ? steps : throw Wrong("unexpected character");
        }

        private char Peek => _position < text.Length ? text[_position] : '\0';

        private List<Step> ReadSteps(Func<char, bool> stop)
        {
            var steps = new List<Step>();
            while (_position < text.Length && !stop(Peek))
            {
                if (Peek == '[')
                {
                    steps.Add(ReadBracket());
                }
                else if (Peek == '.')
                {
                    _position++;
                    if (Peek == '.')
                    {
                        _position++;
                        steps.Add(new RecursiveStep(ReadName()));
                    }
                    else if (Peek == '*')
                    {
                        _position++;
                        steps.Add(new WildcardStep());
                    }
                    else if (Peek != '[' && !(steps.Count == 0 && _position == text.Length))
                    {
                        steps.Add(new NameStep(ReadName()));
                    }
                }
                else
                {
                    break;
                }
            }

            return steps;
        }

        private string ReadName()
        {
            var name = new System.Text.StringBuilder();
            while (_position < text.Length)
            {
                var c = text[_position];
                if (c == '\\' && _position + 1 < text.Length)
                {
                    name.Append(text[_position + 1]);
                    _position += 2;
                    continue;
                }

                if (!char.IsLetterOrDigit(c) && c is not ('_' or '-' or '/' or ':'))
                {
                    break;
                }

                name.Append(c);
                _position++;
            }

            return name.Length > 0 ? name.ToString() : throw Wrong("a field name is missing");
        }

        private Step ReadBracket()
        {
            _position++;
            Step step;
            if (Peek == '*')
            {
                _position++;
                step = new WildcardStep();
            }
            else if (Peek is '\'' or '"')
            {
                step = new NameStep(ReadQuoted());
            }
            else if (Peek == '?')
            {
                step = ReadFilter();
            }
            else
            {
                step = ReadSlice();
            }

            Expect(']');
            return step;
        }

        private Step ReadSlice()
        {
            var start = ReadNumber();
            if (Peek != ':')
            {
                return new IndexStep(start ?? throw Wrong("an index, a quoted name, '*' or a filter is missing"));
            }

            _position++;
            var end = ReadNumber();
            var stride = 1;
            if (Peek == ':')
            {
                _position++;
                stride = ReadNumber() ?? 1;
            }

            return stride > 0 ? new SliceStep(start ?? 0, end, stride) : throw Wrong("the step of a slice is greater than 0");
        }

        private FilterStep ReadFilter()
        {
            Expect('?');
            Expect('(');
            SkipSpaces();
            var left = ReadOperandPath();
            SkipSpaces();
            var op = Array.Find(Operators, o => text.AsSpan(_position).StartsWith(o, StringComparison.Ordinal));
            JsonPath? rightPath = null;
            JsonNode? rightValue = null;
            if (op is not null)
            {
                _position += op.Length;
                SkipSpaces();
                if (Peek == '@')
                {
                    rightPath = ReadOperandPath();
                }
                else
                {
                    rightValue = ReadLiteral();
                }

                SkipSpaces();
            }

            Expect(')');
            return new FilterStep(left, op, rightPath, rightValue);
        }

        private JsonPath ReadOperandPath()
        {
            Expect('@');
            var start = _position;
            var steps = ReadSteps(c => c is ')' or ' ' or '=' or '!' or '<' or '>');
            return new JsonPath(text[start.._position], steps);
        }

        private JsonValue ReadLiteral()
        {
            if (Peek is '\'' or '"')
            {
                return JsonValue.Create(ReadQuoted());
            }

            var start = _position;
            while (_position < text.Length && Peek is not (')' or ' '))
            {
                _position++;
            }

            var literal = text.AsSpan(start, _position - start);
            if (literal is "true" or "false")
            {
                return JsonValue.Create(literal is "true");
            }

            if (long.TryParse(literal, CultureInfo.InvariantCulture, out var integer))
            {
                return JsonValue.Create(integer);
            }

            return double.TryParse(literal, CultureInfo.InvariantCulture, out var number)
                ? JsonValue.Create(number)
                : throw Wrong("a value is a quoted text, a number, true or false");
        }

        private string ReadQuoted()
        {
            var quote = Peek;
            _position++;
            var result = new System.Text.StringBuilder();
            while (_position < text.Length && text[_position] != quote)
            {
                if (text[_position] == '\\' && _position + 1 < text.Length)
                {
                    _position++;
                }

                result.Append(text[_position++]);
            }

            Expect(quote);
            return result.ToString();
        }

        private int? ReadNumber()
        {
            var start = _position;
            if (Peek == '-')
            {
                _position++;
            }

            while (char.IsAsciiDigit(Peek))
            {
                _position++;
            }

            return int.TryParse(text.AsSpan(start, _position - start), CultureInfo.InvariantCulture, out var number) ? number : null;
        }

        private void SkipSpaces()
        {
            while (Peek == ' ')
            {
                _position++;
            }
        }

        private void Expect(char c)
        {
            if (Peek != c)
            {
                throw Wrong($"'{c}' expected");
            }

            _position++;
        }

        private FormatException Wrong(string what) => new($"JSONPath \"{text}\", position {_position + 1}: {what}");
    }
}
