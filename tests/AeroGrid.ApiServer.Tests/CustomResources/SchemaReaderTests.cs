using System.Text.Json.Nodes;
using AeroGrid.ApiServer.CustomResources;
using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.Tests.CustomResources;

/// <summary>What is a structural schema, and what a schema does to values.</summary>
public sealed class SchemaReaderTests
{
    [Theory]
    [InlineData("""{"type":"string"}""", "type: Invalid value: \"string\": must be object at the root")]
    [InlineData("""{"type":"object","properties":{"a":{}}}""", "properties[a].type: Required value: must not be empty for specified object fields: say object, array, string, integer, number or boolean")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"array"}}}""", "properties[a].items: Required value: must be specified for an array")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"text"}}}""", "properties[a].type: Unsupported value: \"text\": supported values: \"array\", \"boolean\", \"integer\", \"number\", \"object\", \"string\"")]
    [InlineData("""{"type":"object","properties":{"a":{"$ref":"#/x","type":"object"}}}""", "properties[a].$ref: Forbidden: $ref is not supported in structural schemas")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string","pattern":"("}}}""", "properties[a].pattern: Invalid value: \"(\": must be a valid regular expression")]
    [InlineData("""{"type":"object","anyOf":[{"properties":{"b":{"minLength":1}}}]}""", "anyOf[0].properties[b]: Required value: must be specified outside of allOf, anyOf, oneOf and not as well")]
    [InlineData("""{"type":"object","not":{"type":"object"}}""", "not.type: Forbidden: must be empty to be structural: it belongs outside of allOf, anyOf, oneOf and not")]
    [InlineData("""{"type":"object","properties":{"l":{"type":"array","items":{"type":"object"},"x-kubernetes-list-type":"map"}}}""", "properties[l].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer","default":"x"}}}""", "properties[a].default: Invalid value: \"string\": properties[a].default in body must be of type integer: \"string\"")]
    [InlineData("""{"type":"object","properties":{"metadata":{"type":"object","properties":{"labels":{"type":"object"}}}}}""", "properties[metadata].properties[labels]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string","x-kubernetes-validations":[{"rule":"self.foo()"}]}}}""", "properties[a].x-kubernetes-validations[0].rule: Invalid value: \"self.foo()\": compilation failed: undeclared reference to 'foo'")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"array","items":{"type":"string","x-kubernetes-validations":[{"rule":"self == oldSelf"}]}}}}""", "properties[a].items.x-kubernetes-validations[0].rule: Invalid value: \"self == oldSelf\": oldSelf cannot be used on the uncorrelatable portion of the schema")]
    public void Schemas_that_are_not_structural_are_refused(string schema, string expected)
    {
        var (_, errors) = SchemaReader.Read((JsonObject)JsonNode.Parse(schema)!, FieldPath.Root);
        errors.Select(e => $"{e.Field}: {e.Message}").ShouldContain(e => e.StartsWith(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void Values_are_pruned_defaulted_and_checked()
    {
        var schema = Read("""
            {"type":"object","required":["name"],"properties":{
              "name":{"type":"string","maxLength":3},
              "size":{"type":"integer","default":5,"maximum":10},
              "port":{"x-kubernetes-int-or-string":true,"anyOf":[{"type":"integer"},{"type":"string"}]},
              "tags":{"type":"array","x-kubernetes-list-type":"set","items":{"type":"string"}},
              "free":{"type":"object","x-kubernetes-preserve-unknown-fields":true},
              "labels":{"type":"object","additionalProperties":{"type":"string"}},
              "maybe":{"type":"string","nullable":true},
              "inner":{"type":"object","default":{},"properties":{"on":{"type":"boolean","default":true}}}}}
            """);
        var value = (JsonObject)JsonNode.Parse("""
            {"name":"long","size":null,"port":1.5,"tags":["a","a"],"free":{"x":{"y":1}},"labels":{"k":1},"maybe":null,"other":1}
            """)!;
        var removed = new List<string>();
        Pruning.Prune(schema, value, FieldPath.Root, removed);
        removed.ShouldBe(["other"]);
        Defaulting.Apply(schema, value);
        value["size"]!.GetValue<int>().ShouldBe(5);
        value["inner"]!.ToJsonString().ShouldBe("""{"on":true}""");
        value["free"]!.ToJsonString().ShouldBe("""{"x":{"y":1}}""");
        value.ContainsKey("maybe").ShouldBeTrue();

        var errors = new List<FieldError>();
        SchemaValidator.Validate(schema, value, FieldPath.Root, errors);
        errors.Select(e => e.Field).ShouldBe(["name", "port", "tags[1]", "labels[k]"], ignoreOrder: true);
    }

    [Fact]
    public void Numbers_texts_and_junctors_are_checked()
    {
        var schema = Read("""
            {"type":"object","properties":{"a":{"type":"number","multipleOf":0.1},"b":{"type":"string","pattern":"^\\d+$"},"c":{"type":"string","format":"date-time"},
             "d":{"type":"object","properties":{"x":{"type":"string"},"y":{"type":"string"}},"oneOf":[{"required":["x"]},{"required":["y"]}]}}}
            """);
        var errors = new List<FieldError>();
        SchemaValidator.Validate(schema, JsonNode.Parse("""{"a":0.3,"b":"12","c":"2026-01-01T00:00:00Z","d":{"x":""}}"""), FieldPath.Root, errors);
        errors.ShouldBeEmpty();
        SchemaValidator.Validate(schema, JsonNode.Parse("""{"a":0.35,"b":"12\n","c":"yesterday","d":{"x":"","y":""}}"""), FieldPath.Root, errors);
        errors.Select(e => e.Field).ShouldBe(["a", "b", "c", "d"]);
    }

    private static SchemaNode Read(string schema)
    {
        var (root, errors) = SchemaReader.Read((JsonObject)JsonNode.Parse(schema)!, FieldPath.Root);
        errors.ShouldBeEmpty();
        return root;
    }
}
