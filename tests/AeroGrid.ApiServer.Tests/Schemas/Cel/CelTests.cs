using System.Text.Json.Nodes;
using AeroGrid.ApiServer.CustomResources;
using AeroGrid.ApiServer.Schemas;
using AeroGrid.ApiServer.Schemas.Cel;

namespace AeroGrid.ApiServer.Tests.Schemas.Cel;

/// <summary>The language and the rules that are written in it.</summary>
public sealed class CelTests
{
    [Theory]
    [InlineData("1 + 2 * 3 == 7")]
    [InlineData("(1 + 2) * 3 == 9")]
    [InlineData("7 / 2 == 3 && 7 % 2 == 1 && -7 / 2 == -3")]
    [InlineData("1.5 + 1.5 == 3.0 && 1 < 1.5")]
    [InlineData("0x10 == 16 && 1e3 == 1000.0")]
    [InlineData("'a' + \"b\" == 'ab'")]
    [InlineData(@"r'\d' == '\\d' && '\u00e9' == 'é' && '''a'b''' == ""a'b""")]
    [InlineData("[1, 2] + [3] == [1, 2, 3]")]
    [InlineData("2 in [1, 2] && !(3 in [1, 2]) && 'a' in {'a': 1}")]
    [InlineData("size('é😀') == 2 && [1, 2].size() == 2 && size({'a': 1}) == 1")]
    [InlineData("true ? true : false")]
    [InlineData("true || 1 / 0 == 1")]
    [InlineData("1 / 0 == 1 || true")]
    [InlineData("!(false && 1 / 0 == 1)")]
    [InlineData("[1, 2, 3].all(x, x > 0) && [1, 2].exists(x, x == 2) && [1, 2, 2].exists_one(x, x == 1)")]
    [InlineData("[1, 2, 3].filter(x, x > 1).map(x, x * 2) == [4, 6]")]
    [InlineData("[1, 2, 3].map(x, x > 1, x * 2) == [4, 6]")]
    [InlineData("[0, 2].exists(x, 4 / x == 2)")]
    [InlineData("[3, 1].sum() == 4 && [3, 1].max() == 3 && [3, 1].min() == 1 && [1, 3].isSorted()")]
    [InlineData("'a,b'.split(',') == ['a', 'b'] && ['a', 'b'].join('-') == 'a-b'")]
    [InlineData("'Abc'.lowerAscii() == 'abc' && ' x '.trim() == 'x' && 'abc'.substring(1) == 'bc' && 'abc'.charAt(1) == 'b'")]
    [InlineData("'aba'.replace('a', 'c') == 'cbc' && 'aba'.replace('a', 'c', 1) == 'cba' && 'abc'.indexOf('c') == 2")]
    [InlineData("'app.py'.matches('^[a-z.]+$') && !'app.py\\n'.matches('^[a-z.]+$') && '\\t'.matches('[[:cntrl:]]')")]
    [InlineData("duration('1m') > duration('59s') && duration('90s').getMinutes() == 1")]
    [InlineData("timestamp('2026-01-02T00:00:00Z') - timestamp('2026-01-01T00:00:00Z') == duration('24h')")]
    [InlineData("quantity('1Gi').isGreaterThan(quantity('1000Mi')) && isQuantity('100m') && !isQuantity('x')")]
    [InlineData("url('https://h:81/p').getScheme() == 'https' && url('https://h:81/p').getHost() == 'h:81' && url('https://h:81/p').getPort() == '81' && !isURL('h') && isURL('/p')")]
    [InlineData("int('5') == 5 && string(5) == '5' && double('1.5') == 1.5 && bool('true')")]
    [InlineData("{'a': {'b': 1}}.a.b == 1 && has({'a': 1}.a) && !has({'a': 1}.b) && [[1]][0][0] == 1")]
    public void Expressions_that_hold(string expression) =>
        new CelEvaluator().Evaluate(CelParser.Parse(expression)).ShouldBe(true);

    [Theory]
    [InlineData("1 +", "Syntax error at position 4 (the end): a value is expected")]
    [InlineData("self.x(", "a value is expected")]
    [InlineData("'abc", "the text has no end")]
    [InlineData("a ~ b", "unexpected character '~'")]
    [InlineData("self.?x", "optional values are not supported")]
    [InlineData("has(self)", "has() takes a field")]
    [InlineData("self.all(x)", "all() takes a name and a condition")]
    [InlineData("self.matches('(')", "is not a valid regular expression")]
    [InlineData("self.x.format([1]) == 'x'", "undeclared reference to 'format'")]
    [InlineData("other == 1", "undeclared reference to 'other'")]
    [InlineData("self.nothing == 1", "undefined field 'nothing'")]
    [InlineData("size(1, 2) == 1", "found no matching overload for 'size' with 2 arguments")]
    public void Expressions_that_are_refused_when_they_are_created(string expression, string why)
    {
        var schema = new SchemaNode { Type = "object", Properties = new Dictionary<string, SchemaNode> { ["x"] = new() { Type = "string" } } };
        Should.Throw<CelException>(() => CelChecker.Check(CelParser.Parse(expression), schema, isObject: false)).Message.ShouldContain(why);
    }

    [Fact]
    public void An_expression_that_never_ends_is_ended()
    {
        var many = string.Join(',', Enumerable.Range(0, 60));
        var expression = CelParser.Parse($"[{many}].all(a, [{many}].all(b, [{many}].all(c, [{many}].all(d, a + b + c + d >= 0))))");
        Should.Throw<CelException>(() => new CelEvaluator().Evaluate(expression)).Message.ShouldContain("cost too much");
        Should.Throw<CelException>(() => CelParser.Parse(new string('(', 1000))).Message.ShouldContain("nested deeper");
    }

    [Theory]
    [InlineData("""{"files":[{"path":"a"},{"path":"a"}]}""", "files: Invalid value: \"array\": paths must differ")]
    [InlineData("""{"files":[{"path":"/a"}]}""", "files[0].path: Invalid value: \"/a\": /a is absolute")]
    [InlineData("""{"files":[],"mode":"x"}""", "mode: Forbidden: no files, no mode")]
    [InlineData("""{"files":[{"path":"a"}],"class-name":"b"}""", "Invalid value: \"object\": failed rule: !has(self.class__dash__name) || self.class__dash__name == 'a'")]
    public void Rules_say_what_is_wrong_where(string json, string expected)
    {
        var errors = Validate(Schema, json, null);
        errors.Select(e => e.Field.Length == 0 ? e.Message : $"{e.Field}: {e.Message}").ShouldBe([expected]);
    }

    [Fact]
    public void Transition_rules_hold_on_creation_and_compare_afterwards()
    {
        Validate(Schema, """{"files":[],"fixed":"a"}""", null).ShouldBeEmpty();
        Validate(Schema, """{"files":[],"fixed":"b"}""", """{"files":[],"fixed":"a"}""").Single().Message.ShouldBe("Invalid value: \"b\": fixed never changes");
        Validate(Schema, """{"files":[],"fixed":"b"}""", """{"files":[]}""").ShouldBeEmpty();
        Validate(Schema, """{"files":[],"keyed":[{"name":"x","value":1}]}""", """{"files":[],"keyed":[{"name":"y","value":3},{"name":"x","value":2}]}""")
            .Single().Field.ShouldBe("keyed[0].value");
    }

    [Fact]
    public void Schemas_decide_the_types_of_values()
    {
        Validate(Schema, """{"files":[],"ratio":1,"wait":"1m"}""", null).ShouldBeEmpty();
        Validate(Schema, """{"files":[],"wait":"1s"}""", null).Single().Message.ShouldContain("at least a minute");
    }

    private const string Schema = """
        {"type":"object","x-kubernetes-validations":[
           {"rule":"size(self.files) > 0 || !has(self.mode)","message":"no files, no mode","reason":"FieldValueForbidden","fieldPath":".mode"},
           {"rule":"!has(self.class__dash__name) || self.class__dash__name == 'a'"}],
         "properties":{
           "mode":{"type":"string"},
           "class-name":{"type":"string"},
           "fixed":{"type":"string","x-kubernetes-validations":[{"rule":"self == oldSelf","message":"fixed never changes"}]},
           "ratio":{"type":"number","x-kubernetes-validations":[{"rule":"self / 2.0 == 0.5"}]},
           "wait":{"type":"string","format":"duration","x-kubernetes-validations":[{"rule":"self >= duration('1m')","message":"at least a minute"}]},
           "keyed":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["name"],"items":{"type":"object","required":["name"],"properties":{
             "name":{"type":"string"},"value":{"type":"integer","x-kubernetes-validations":[{"rule":"self >= oldSelf"}]}}}},
           "files":{"type":"array",
             "x-kubernetes-validations":[{"rule":"self.all(f, self.exists_one(g, g.path == f.path))","message":"paths must differ"}],
             "items":{"type":"object","properties":{"path":{"type":"string",
               "x-kubernetes-validations":[{"rule":"!self.startsWith('/')","messageExpression":"self + ' is absolute'"}]}}}}}}
        """;

    private static List<FieldError> Validate(string schema, string json, string? old)
    {
        var (root, wrong) = SchemaReader.Read((JsonObject)JsonNode.Parse(schema)!, FieldPath.Root);
        wrong.ShouldBeEmpty();
        var errors = new List<FieldError>();
        CelValidator.Validate(root, JsonNode.Parse(json), old is null ? null : JsonNode.Parse(old), errors);
        return errors;
    }
}
