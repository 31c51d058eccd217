using System.Text.Json;
using System.Text.Json.Nodes;

using YamlDotNet.Serialization;

namespace AeroGrid.Api.Schema;

/// <summary>Writes JSON as YAML in which members keep their order and strings that look like something else are quoted.</summary>
internal static class YamlText
{
    private static readonly ISerializer Serializer = new SerializerBuilder()
        .WithQuotingNecessaryStrings(quoteYaml1_1Strings: true)
        .WithIndentedSequences()
        .DisableAliases()
        .Build();

    public static string Of(JsonNode node) => Serializer.Serialize(Plain(node)!).ReplaceLineEndings("\n");

    private static object? Plain(JsonNode? node) => node switch
    {
        JsonObject obj => obj.ToDictionary(member => member.Key, member => Plain(member.Value)),
        JsonArray array => array.Select(Plain).ToList(),
        JsonValue value => value.GetValueKind() switch
        {
            JsonValueKind.String => value.GetValue<string>(),
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => value.AsValue().TryGetValue<long>(out var whole) ? whole
                : value.TryGetValue<int>(out var small) ? (long)small
                : double.Parse(value.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture),
        },
        _ => null,
    };
}
