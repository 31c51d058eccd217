using System.Text.Json;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace AeroGrid.ApiServer.Negotiation;

/// <summary>Writes JSON as YAML for clients that ask for <c>application/yaml</c>.</summary>
internal static partial class YamlText
{
    /// <summary>The YAML text of a JSON document.</summary>
    public static string FromJson(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 1000 });
        using var text = new StringWriter { NewLine = "\n" };
        var emitter = new Emitter(text, new EmitterSettings(2, int.MaxValue, false, 1024));
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart(null, null, isImplicit: true));
        Emit(emitter, document.RootElement);
        emitter.Emit(new DocumentEnd(isImplicit: true));
        emitter.Emit(new StreamEnd());
        return text.ToString();
    }

    private static void Emit(Emitter emitter, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                emitter.Emit(new MappingStart(AnchorName.Empty, TagName.Empty, isImplicit: true, Style(value.EnumerateObject().Any())));
                foreach (var field in value.EnumerateObject())
                {
                    EmitString(emitter, field.Name);
                    Emit(emitter, field.Value);
                }

                emitter.Emit(new MappingEnd());
                break;
            case JsonValueKind.Array:
                var style = value.GetArrayLength() > 0 ? SequenceStyle.Block : SequenceStyle.Flow;
                emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, style));
                foreach (var item in value.EnumerateArray())
                {
                    Emit(emitter, item);
                }

                emitter.Emit(new SequenceEnd());
                break;
            case JsonValueKind.String:
                EmitString(emitter, value.GetString()!);
                break;
            default:
                emitter.Emit(new Scalar(value.GetRawText()));
                break;
        }
    }

    private static MappingStyle Style(bool hasFields) => hasFields ? MappingStyle.Block : MappingStyle.Flow;

    private static void EmitString(Emitter emitter, string text)
    {
        var style = text.Contains('\n') ? ScalarStyle.Literal : NeedsQuotes().IsMatch(text) ? ScalarStyle.DoubleQuoted : ScalarStyle.Any;
        emitter.Emit(new Scalar(AnchorName.Empty, TagName.Empty, text, style, isPlainImplicit: style == ScalarStyle.Any, isQuotedImplicit: true));
    }

    // What a YAML 1.1 or 1.2 reader would take for something else than a string.
    [GeneratedRegex(@"^$|^[-+.0-9]|^(?i:true|false|yes|no|on|off|y|n|null|~)$|^[=<]", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex NeedsQuotes();
}
