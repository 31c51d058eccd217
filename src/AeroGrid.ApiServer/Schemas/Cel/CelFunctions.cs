using System.Collections.Frozen;
using System.Globalization;
using System.Text.RegularExpressions;

namespace AeroGrid.ApiServer.Schemas.Cel;

/// <summary>Operators and functions: those of the language and, of Kubernetes' libraries, texts, lists, regular expressions and quantities.</summary>
internal static class CelFunctions
{
    /// <summary>Operators and global functions with the number of their arguments.</summary>
    public static readonly FrozenDictionary<string, (int Least, int Most)> Functions = new Dictionary<string, (int, int)>
    {
        ["!"] = (1, 1), ["negate"] = (1, 1), ["+"] = (2, 2), ["-"] = (2, 2), ["*"] = (2, 2), ["/"] = (2, 2), ["%"] = (2, 2), ["=="] = (2, 2), ["!="] = (2, 2),
        ["<"] = (2, 2), ["<="] = (2, 2), [">"] = (2, 2), [">="] = (2, 2), ["in"] = (2, 2), ["&&"] = (2, 2), ["||"] = (2, 2),
        ["size"] = (1, 1), ["int"] = (1, 1), ["uint"] = (1, 1), ["double"] = (1, 1), ["string"] = (1, 1), ["bool"] = (1, 1), ["dyn"] = (1, 1),
        ["duration"] = (1, 1), ["timestamp"] = (1, 1), ["quantity"] = (1, 1), ["isQuantity"] = (1, 1),
        ["url"] = (1, 1), ["isURL"] = (1, 1),
    }.ToFrozenDictionary();

    /// <summary>The names that can be written as functions, for messages.</summary>
    public static IEnumerable<string> FunctionNames => Functions.Keys.Where(k => char.IsLetter(k[0]) && k is not ("in" or "negate")).Order(StringComparer.Ordinal);

    /// <summary>Methods with the number of their arguments.</summary>
    public static readonly FrozenDictionary<string, (int Least, int Most)> Methods = new Dictionary<string, (int, int)>
    {
        ["size"] = (0, 0), ["contains"] = (1, 1), ["startsWith"] = (1, 1), ["endsWith"] = (1, 1), ["matches"] = (1, 1), ["find"] = (1, 1), ["findAll"] = (1, 2),
        ["split"] = (1, 2), ["join"] = (0, 1), ["lowerAscii"] = (0, 0), ["upperAscii"] = (0, 0), ["trim"] = (0, 0), ["replace"] = (2, 3), ["substring"] = (1, 2),
        ["charAt"] = (1, 1), ["indexOf"] = (1, 2), ["lastIndexOf"] = (1, 2), ["sum"] = (0, 0), ["min"] = (0, 0), ["max"] = (0, 0), ["isSorted"] = (0, 0),
        ["getHours"] = (0, 0), ["getMinutes"] = (0, 0), ["getSeconds"] = (0, 0), ["getMilliseconds"] = (0, 0), ["isGreaterThan"] = (1, 1), ["isLessThan"] = (1, 1),
        ["compareTo"] = (1, 1), ["asInteger"] = (0, 0), ["isInteger"] = (0, 0), ["asApproximateFloat"] = (0, 0), ["sign"] = (0, 0),
        ["getScheme"] = (0, 0), ["getHost"] = (0, 0), ["getHostname"] = (0, 0), ["getPort"] = (0, 0), ["getEscapedPath"] = (0, 0),
    }.ToFrozenDictionary();

    /// <summary>Compiles a pattern.</summary>
    public static Regex CompilePattern(string pattern)
    {
        try
        {
            return GoRegex.Compile(pattern);
        }
        catch (ArgumentException e)
        {
            throw new CelException($"\"{pattern}\" is not a valid regular expression: {e.Message}");
        }
    }

    /// <summary>Calls an operator, function or method.</summary>
    /// <exception cref="CelException">There is none for values of these types, or it fails.</exception>
    public static object? Call(CelCall call, object? target, object?[] arguments, CelEvaluator evaluator)
    {
        evaluator.Charge(CostOf(target) + arguments.Sum(CostOf));
        try
        {
            return call.Target is null
                ? CallFunction(call.Function, arguments, evaluator)
                : CallMethod(call, target, arguments, evaluator);
        }
        catch (OverflowException)
        {
            throw new CelException("integer overflow");
        }
    }

    /// <summary>An element of a list or map.</summary>
    public static object? Index(object? container, object? index) => (container, index) switch
    {
        (CelList list, long i) => i >= 0 && i < list.Items.Count ? list.Items[(int)i] : throw new CelException($"index out of bounds: {i}"),
        (CelMap map, string key) => map.TryGet(key, out var value) ? value : throw new CelException($"no such key: {key}"),
        _ => throw NoOverload("[]", container, index),
    };

    /// <summary>A key of a map.</summary>
    public static string Key(object? value) => value as string ?? throw new CelException("keys of maps are texts");

    private static long CostOf(object? value) => value switch
    {
        string text => text.Length / 10,
        CelList list => list.Items.Count / 10,
        _ => 0,
    };

    private static object? CallFunction(string name, object?[] a, CelEvaluator evaluator) => (name, a) switch
    {
        ("!", [bool value]) => !value,
        ("negate", [long value]) => checked(-value),
        ("negate", [double value]) => -value,
        ("==", [var x, var y]) => Equal(x, y, evaluator),
        ("!=", [var x, var y]) => !Equal(x, y, evaluator),
        ("<", [var x, var y]) => CelValues.Compare(x, y) < 0,
        ("<=", [var x, var y]) => CelValues.Compare(x, y) <= 0,
        (">", [var x, var y]) => CelValues.Compare(x, y) > 0,
        (">=", [var x, var y]) => CelValues.Compare(x, y) >= 0,
        ("in", [var x, CelList list]) => In(x, list, evaluator),
        ("in", [string key, CelMap map]) => map.TryGet(key, out _),
        ("+" or "-" or "*" or "/" or "%", [var x, var y]) => Arithmetic(name, x, y, evaluator),
        ("size", [var value]) => Size(value),
        ("dyn", [var value]) => value,
        ("bool", [bool value]) => value,
        ("bool", ["true" or "false"]) => a[0] is "true",
        ("int" or "uint", [long value]) => value,
        ("int" or "uint", [double value]) => checked((long)value),
        ("int" or "uint", [string text]) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer)
            ? integer
            : throw new CelException($"\"{text}\" is not an int"),
        ("double", [long or double]) => Convert.ToDouble(a[0], CultureInfo.InvariantCulture),
        ("double", [string text]) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : throw new CelException($"\"{text}\" is not a double"),
        ("string", [string or long or double or bool]) => Text(a[0]),
        ("duration", [string text]) => GoDuration.TryParse(text, out var duration) ? duration : throw new CelException($"\"{text}\" is not a duration such as 1m30s"),
        ("duration", [TimeSpan]) => a[0],
        ("timestamp", [string text]) => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : throw new CelException($"\"{text}\" is not an RFC 3339 time"),
        ("timestamp", [DateTimeOffset]) => a[0],
        ("isQuantity", [string text]) => Quantity.TryParse(text, out _),
        ("quantity", [string text]) => Quantity.TryParse(text, out var value) ? new CelQuantity(value) : throw new CelException($"\"{text}\" is not a quantity such as 100m"),
        ("quantity", [long value]) => new CelQuantity(value),
        ("isURL", [string text]) => IsUrl(text, out _),
        ("url", [string text]) => IsUrl(text, out var url) ? url : throw new CelException($"\"{text}\" is not a URL with a scheme, or an absolute path"),
        _ => throw NoOverload(name, a),
    };

    private static object? CallMethod(CelCall call, object? target, object?[] a, CelEvaluator evaluator) => (call.Function, target, a) switch
    {
        ("size", _, []) => Size(target),
        ("matches", string text, [string pattern]) => Pattern(call, pattern, evaluator).IsMatch(text),
        ("find", string text, [string pattern]) => Pattern(call, pattern, evaluator).Match(text).Value,
        ("findAll", string text, [string pattern, .. var limit]) => new CelList(
            [.. Pattern(call, pattern, evaluator).Matches(text).Take(limit is [long most and >= 0] ? (int)most : int.MaxValue).Select(m => m.Value)]),
        (_, string text, _) => CelTextFunctions.Call(call.Function, text, a, evaluator),
        (_, CelList list, _) => CelListFunctions.Call(call.Function, list, a, evaluator),
        ("getHours", TimeSpan duration, []) => (long)duration.TotalHours,
        ("getMinutes", TimeSpan duration, []) => (long)duration.TotalMinutes,
        ("getSeconds", TimeSpan duration, []) => (long)duration.TotalSeconds,
        ("getMilliseconds", TimeSpan duration, []) => (long)duration.TotalMilliseconds,
        ("isGreaterThan", CelQuantity x, [CelQuantity y]) => x.Value > y.Value,
        ("isLessThan", CelQuantity x, [CelQuantity y]) => x.Value < y.Value,
        ("compareTo", CelQuantity x, [CelQuantity y]) => (long)x.Value.CompareTo(y.Value),
        ("isInteger", CelQuantity x, []) => decimal.IsInteger(x.Value),
        ("asInteger", CelQuantity x, []) => decimal.IsInteger(x.Value) ? (long)x.Value : throw new CelException("the quantity is not an integer"),
        ("asApproximateFloat", CelQuantity x, []) => (double)x.Value,
        ("sign", CelQuantity x, []) => (long)Math.Sign(x.Value),
        ("getScheme", Uri url, []) => url.IsFile && !url.OriginalString.StartsWith("file:", StringComparison.OrdinalIgnoreCase) ? "" : url.Scheme,
        ("getHost", Uri url, []) => url.IsFile ? "" : url.Authority,
        ("getHostname", Uri url, []) => url.IsFile ? "" : url.DnsSafeHost,
        ("getPort", Uri url, []) => url.IsFile || !url.Authority.Contains(':') ? "" : url.Port.ToString(CultureInfo.InvariantCulture),
        ("getEscapedPath", Uri url, []) => url.AbsolutePath,
        _ => throw NoOverload(call.Function, [target, .. a]),
    };

    /// <summary>As Go's <c>url.ParseRequestURI</c>: with a scheme, or an absolute path.</summary>
    private static bool IsUrl(string text, out Uri? url)
    {
        url = null;
        return (text.Contains("://", StringComparison.Ordinal) || text.StartsWith('/')) && Uri.TryCreate(text, UriKind.Absolute, out url);
    }

    private static Regex Pattern(CelCall call, string pattern, CelEvaluator evaluator)
    {
        if (call.Pattern is { } compiled)
        {
            return compiled;
        }

        // Compiling is dear, and here it happens at every evaluation.
        evaluator.Charge(1000 + (pattern.Length * 50));
        return CompilePattern(pattern);
    }

    private static bool Equal(object? x, object? y, CelEvaluator evaluator)
    {
        evaluator.Charge(Weight(x));
        return CelValues.AreEqual(x, y);
    }

    /// <summary>Equality looks at everything below, and without regard to order at every pair.</summary>
    private static long Weight(object? value) => value switch
    {
        CelList { Schema.ListType: "set" or "map" } list => (long)list.Items.Count * list.Items.Count,
        CelList list => list.Items.Sum(i => 1 + Weight(i)),
        CelMap map => 1 + map.Keys.Sum(k => map.TryGet(k, out var child) ? Weight(child) : 0),
        _ => 1,
    };

    private static bool In(object? value, CelList list, CelEvaluator evaluator)
    {
        evaluator.Charge(list.Items.Count);
        return list.Items.Any(item => CelValues.AreEqual(item, value));
    }

    private static object Arithmetic(string name, object? x, object? y, CelEvaluator evaluator)
    {
        switch (name, x, y)
        {
            case ("+", string a, string b):
                return a + b;
            case ("+", CelList a, CelList b):
                evaluator.Charge(a.Items.Count + b.Items.Count);
                return new CelList([.. a.Items, .. b.Items]);
            case ("+", TimeSpan a, TimeSpan b):
                return a + b;
            case ("-", TimeSpan a, TimeSpan b):
                return a - b;
            case ("+", DateTimeOffset a, TimeSpan b):
                return a + b;
            case ("-", DateTimeOffset a, TimeSpan b):
                return a - b;
            case ("-", DateTimeOffset a, DateTimeOffset b):
                return a - b;
            case ("/" or "%", long, 0L):
                throw new CelException(name == "/" ? "division by zero" : "modulus by zero");
            case (_, long a, long b):
                return checked(name switch { "+" => a + b, "-" => a - b, "*" => a * b, "/" => a / b, _ => a % b });
            case ("+" or "-" or "*" or "/", long or double, long or double):
                var (left, right) = (Convert.ToDouble(x, CultureInfo.InvariantCulture), Convert.ToDouble(y, CultureInfo.InvariantCulture));
                return name switch { "+" => left + right, "-" => left - right, "*" => left * right, _ => left / right };
            default:
                throw NoOverload(name, x, y);
        }
    }

    private static long Size(object? value) => value switch
    {
        string text => text.EnumerateRunes().Count(),
        CelList list => list.Items.Count,
        CelMap map => map.Count,
        _ => throw NoOverload("size", value),
    };

    private static string Text(object? value) => value switch
    {
        bool b => b ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    /// <summary>The error for a combination of types that there is no function for.</summary>
    public static CelException NoOverload(string name, params object?[] values) =>
        new($"no such overload: {name}({string.Join(", ", values.Select(CelValues.NameOf))})");
}
