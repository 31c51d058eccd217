using System.Globalization;
using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.Patch;

/// <summary>
/// JSON patch, RFC 6902, on plain JSON. (The library for it patches .NET objects and their property names, which is another thing.)
/// </summary>
internal static class JsonPatch
{
    /// <summary>What <c>copy</c> operations may make together, in characters of JSON: otherwise a few of them double an object without end.</summary>
    private const long MostCopied = 3 * 1024 * 1024;

    /// <summary>A patched copy; all operations hold or none.</summary>
    /// <exception cref="ApiException">400 for an operation that is not well-formed, 422 for one that does not fit the object.</exception>
    public static JsonNode? Apply(JsonNode target, JsonArray operations)
    {
        JsonNode? root = target.DeepClone();
        var copied = 0L;
        for (var i = 0; i < operations.Count; i++)
        {
            if (operations[i] is not JsonObject operation || operation.TextAt("op") is not { } op || operation.TextAt("path") is not { } path)
            {
                throw ApiException.BadRequest($"JSON patch: operation {i} needs the strings \"op\" and \"path\"");
            }

            if (op == "copy" && (copied += Find(root, FromOf(operation, op))?.ToJsonString().Length ?? 0) > MostCopied)
            {
                throw new ApiException(413, "RequestEntityTooLarge", $"JSON patch: the copy operations together make more than {MostCopied} bytes");
            }

            root = ApplyOne(root, operation, op, path);
        }

        return root;
    }

    private static JsonNode? ApplyOne(JsonNode? root, JsonObject operation, string op, string path)
    {
        switch (op)
        {
            case "add":
                return Add(root, path, ValueOf(operation, op));
            case "remove":
                return Remove(root, path, out _);
            case "replace":
                return path.Length == 0 ? ValueOf(operation, op) : Add(Remove(root, path, out _), path, ValueOf(operation, op));
            case "move":
                var from = FromOf(operation, op);
                if (path.StartsWith(from + "/", StringComparison.Ordinal))
                {
                    throw Unfit($"cannot move {from} into itself at {path}");
                }

                root = Remove(root, from, out var moved);
                return Add(root, path, moved);
            case "copy":
                return Add(root, path, Find(root, FromOf(operation, op))?.DeepClone());
            case "test":
                if (!JsonNode.DeepEquals(Find(root, path), ValueOf(operation, op)))
                {
                    throw Unfit($"testing path {path} failed: the value there is {Find(root, path).Show()}");
                }

                return root;
            default:
                throw ApiException.BadRequest($"JSON patch: unknown operation \"{op}\"; there are add, remove, replace, move, copy and test");
        }
    }

    private static JsonNode? ValueOf(JsonObject operation, string op) => operation.TryGetPropertyValue("value", out var value)
        ? value?.DeepClone()
        : throw ApiException.BadRequest($"JSON patch: operation \"{op}\" needs \"value\"");

    private static string FromOf(JsonObject operation, string op) =>
        operation.TextAt("from") ?? throw ApiException.BadRequest($"JSON patch: operation \"{op}\" needs the string \"from\"");

    private static JsonNode? Find(JsonNode? root, string path)
    {
        var node = root;
        foreach (var token in Tokens(path))
        {
            node = Step(node, token, path);
        }

        return node;
    }

    private static JsonNode? Step(JsonNode? node, string token, string path) => node switch
    {
        JsonObject obj when obj.TryGetPropertyValue(token, out var child) => child,
        JsonArray array => array[IndexOf(token, array.Count - 1, path)],
        _ => throw Unfit($"path {path} does not exist"),
    };

    private static JsonNode? Add(JsonNode? root, string path, JsonNode? value)
    {
        if (path.Length == 0)
        {
            return value;
        }

        var tokens = Tokens(path);
        var last = tokens[^1];
        switch (Parent(root, tokens, path))
        {
            case JsonObject obj:
                obj[last] = value;
                break;
            case JsonArray array:
                array.Insert(last == "-" ? array.Count : IndexOf(last, array.Count, path), value);
                break;
            default:
                throw Unfit($"path {path} does not exist");
        }

        return root;
    }

    private static JsonNode? Remove(JsonNode? root, string path, out JsonNode? removed)
    {
        if (path.Length == 0)
        {
            throw Unfit("the whole object cannot be removed");
        }

        var tokens = Tokens(path);
        var last = tokens[^1];
        switch (Parent(root, tokens, path))
        {
            case JsonObject obj when obj.TryGetPropertyValue(last, out removed):
                obj.Remove(last);
                break;
            case JsonArray array:
                var index = IndexOf(last, array.Count - 1, path);
                removed = array[index];
                array.RemoveAt(index);
                break;
            default:
                throw Unfit($"path {path} does not exist");
        }

        return root;
    }

    private static JsonNode? Parent(JsonNode? root, string[] tokens, string path)
    {
        var node = root;
        foreach (var token in tokens.AsSpan(0, tokens.Length - 1))
        {
            node = Step(node, token, path);
        }

        return node;
    }

    private static int IndexOf(string token, int most, string path)
    {
        // RFC 6901: digits without a leading zero.
        var valid = token.Length is > 0 and < 10 && token.All(char.IsAsciiDigit) && (token.Length == 1 || token[0] != '0');
        if (!valid)
        {
            throw Unfit($"\"{token}\" in path {path} is not an array index");
        }

        var index = int.Parse(token, CultureInfo.InvariantCulture);
        return index <= most ? index : throw Unfit($"path {path} is past the end of the array");
    }

    private static string[] Tokens(string path)
    {
        if (path.Length == 0)
        {
            return [];
        }

        return path[0] == '/'
            ? [.. path[1..].Split('/').Select(t => t.Replace("~1", "/").Replace("~0", "~"))]
            : throw ApiException.BadRequest($"JSON patch: path \"{path}\" must start with '/'");
    }

    private static ApiException Unfit(string why) => new(422, "Invalid", $"the server rejected our request due to an error in our request: JSON patch: {why}");
}
