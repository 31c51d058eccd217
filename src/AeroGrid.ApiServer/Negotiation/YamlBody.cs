using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using AeroGrid.ApiServer.Errors;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace AeroGrid.ApiServer.Negotiation;

/// <summary>Decodes YAML by turning it into JSON (plain scalars as in YAML 1.2's core schema), so that both have the same rules.</summary>
internal static partial class YamlBody
{
    /// <summary>Decodes one YAML document.</summary>
    /// <exception cref="ApiException">400, with the line.</exception>
    public static DecodedBody Decode(ReadOnlySpan<byte> yaml)
    {
        // JSON is YAML; most bodies that call themselves YAML are JSON, and JSON decodes much faster.
        var text = yaml.TrimStart(" \t\r\n"u8);
        return text.StartsWith("{"u8) ? JsonBody.Decode(yaml) : JsonBody.Decode(ToJson(yaml));
    }

    private static ReadOnlySpan<byte> ToJson(ReadOnlySpan<byte> yaml)
    {
        var buffer = new ArrayBufferWriter<byte>(Math.Max(yaml.Length, 256));
        try
        {
            using var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true, MaxDepth = 1000 });
            var parser = new Parser(new StringReader(Encoding.UTF8.GetString(yaml)));
            parser.Consume<StreamStart>();
            if (parser.Accept<StreamEnd>(out _))
            {
                return "null"u8;
            }

            parser.Consume<DocumentStart>();
            Convert(parser, writer);
            parser.Consume<DocumentEnd>();
            if (!parser.Accept<StreamEnd>(out _))
            {
                throw ApiException.BadRequest($"the body is not one YAML document: line {parser.Current?.Start.Line}: send one object a request");
            }

            writer.Flush();
            return buffer.WrittenSpan;
        }
        catch (YamlException e)
        {
            throw ApiException.BadRequest($"the body is not valid YAML: line {e.Start.Line}, column {e.Start.Column}: {e.InnerException?.Message ?? e.Message}");
        }
    }

    private static void Convert(Parser parser, Utf8JsonWriter writer)
    {
        // Whether the next scalar of each open collection is a key; null for sequences.
        var open = new Stack<bool?>();
        do
        {
            var isKey = open.TryPeek(out var expectsKey) && expectsKey == true;
            switch (parser.Current)
            {
                case null:
                    parser.MoveNext();
                    continue;
                case MappingEnd:
                    open.Pop();
                    writer.WriteEndObject();
                    break;
                case SequenceEnd:
                    open.Pop();
                    writer.WriteEndArray();
                    break;
                case Scalar scalar when isKey:
                    Flip(open);
                    writer.WritePropertyName(scalar.Value);
                    parser.MoveNext();
                    continue;
                case AnchorAlias alias:
                    throw At(alias, $"the alias *{alias.Value} is not supported here: write the value out");
                case { } other when isKey:
                    throw At(other, "a key must be a plain or quoted string");
                case Scalar scalar:
                    Flip(open);
                    WriteScalar(writer, scalar);
                    break;
                case MappingStart:
                    Flip(open);
                    open.Push(true);
                    writer.WriteStartObject();
                    break;
                case SequenceStart:
                    Flip(open);
                    open.Push(null);
                    writer.WriteStartArray();
                    break;
                case { } other:
                    throw At(other, $"{other.GetType().Name} is not expected here");
            }

            if (open.Count > 500)
            {
                throw At(parser.Current!, "nested too deeply");
            }

            parser.MoveNext();
        }
        while (open.Count > 0);
    }

    private static void Flip(Stack<bool?> open)
    {
        if (open.TryPeek(out var expectsKey) && expectsKey is { } value)
        {
            open.Pop();
            open.Push(!value);
        }
    }

    private static void WriteScalar(Utf8JsonWriter writer, Scalar scalar)
    {
        var text = scalar.Value;
        if (scalar.Style != ScalarStyle.Plain || scalar.Tag == "tag:yaml.org,2002:str")
        {
            writer.WriteStringValue(text);
        }
        else if (text is "" or "~" or "null" or "Null" or "NULL")
        {
            writer.WriteNullValue();
        }
        else if (text is "true" or "True" or "TRUE" or "false" or "False" or "FALSE")
        {
            writer.WriteBooleanValue(text[0] is 't' or 'T');
        }
        else if (Integer().IsMatch(text) && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer))
        {
            writer.WriteNumberValue(integer);
        }
        else if (Hexadecimal().IsMatch(text) && long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex))
        {
            writer.WriteNumberValue(hex);
        }
        else if (Number().IsMatch(text) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number))
        {
            writer.WriteNumberValue(number);
        }
        else
        {
            writer.WriteStringValue(text);
        }
    }

    private static ApiException At(ParsingEvent where, string what) =>
        ApiException.BadRequest($"the body is not valid YAML: line {where.Start.Line}, column {where.Start.Column}: {what}");

    [GeneratedRegex(@"^[-+]?[0-9]+$", RegexOptions.NonBacktracking)]
    private static partial Regex Integer();

    [GeneratedRegex(@"^0x[0-9a-fA-F]{1,15}$", RegexOptions.NonBacktracking)]
    private static partial Regex Hexadecimal();

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Number();
}
