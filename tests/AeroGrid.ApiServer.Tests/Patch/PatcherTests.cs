using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Patch;
using AeroGrid.ApiServer.Resources;

namespace AeroGrid.ApiServer.Tests.Patch;

/// <summary>The three patch formats.</summary>
public sealed class PatcherTests
{
    private static readonly ResourceSnapshot Resources = new ResourceCatalog().Current;
    private static readonly ResourceDefinition Pods = Resources.ByPlural("", "v1", "pods")!;
    private static readonly ResourceDefinition Deployments = Resources.ByPlural("apps", "v1", "deployments")!;

    private readonly Patcher _patcher = new();

    [Theory]
    [InlineData("""{"a":{"b":1}}""", """[{"op":"add","path":"/a/c","value":2}]""", """{"a":{"b":1,"c":2}}""")]
    [InlineData("""{"a":[1,3]}""", """[{"op":"add","path":"/a/1","value":2}]""", """{"a":[1,2,3]}""")]
    [InlineData("""{"a":[1]}""", """[{"op":"add","path":"/a/-","value":2}]""", """{"a":[1,2]}""")]
    [InlineData("""{"a":1,"b":2}""", """[{"op":"remove","path":"/a"}]""", """{"b":2}""")]
    [InlineData("""{"a":[1,2]}""", """[{"op":"replace","path":"/a/0","value":9}]""", """{"a":[9,2]}""")]
    [InlineData("""{"a":{"x/y~z":1}}""", """[{"op":"replace","path":"/a/x~1y~0z","value":2}]""", """{"a":{"x/y~z":2}}""")]
    [InlineData("""{"a":1}""", """[{"op":"move","from":"/a","path":"/b"}]""", """{"b":1}""")]
    [InlineData("""{"a":{"x":1}}""", """[{"op":"copy","from":"/a","path":"/b"},{"op":"replace","path":"/b/x","value":2}]""", """{"a":{"x":1},"b":{"x":2}}""")]
    [InlineData("""{"a":1}""", """[{"op":"test","path":"/a","value":1},{"op":"add","path":"/b","value":null}]""", """{"a":1,"b":null}""")]
    public void Json_patch(string live, string patch, string expected) => Patched(PatchKind.Json, live, patch).ShouldBe(expected);

    [Theory]
    [InlineData("""[{"op":"test","path":"/a","value":2}]""", 422)]
    [InlineData("""[{"op":"remove","path":"/x"}]""", 422)]
    [InlineData("""[{"op":"replace","path":"/x/y","value":1}]""", 422)]
    [InlineData("""[{"op":"add","path":"/l/5","value":1}]""", 422)]
    [InlineData("""[{"op":"add","path":"/l/01","value":1}]""", 422)]
    [InlineData("""[{"op":"fly","path":"/a"}]""", 400)]
    [InlineData("""[{"op":"add","path":"/a"}]""", 400)]
    [InlineData("""[{"op":"add","path":"a","value":1}]""", 400)]
    [InlineData("""[7]""", 400)]
    [InlineData("""{"a":1}""", 400)]
    public void A_json_patch_that_does_not_fit_says_why(string patch, int code) =>
        Should.Throw<ApiException>(() => Patched(PatchKind.Json, """{"a":1,"l":[]}""", patch)).Code.ShouldBe(code);

    [Fact]
    public void Copies_of_copies_end_before_memory_does()
    {
        var operations = Enumerable.Range(0, 60).Select(i => $$"""{"op":"copy","from":"/a","path":"/a/x{{i}}"}""");
        Should.Throw<ApiException>(() => Patched(PatchKind.Json, """{"a":{"b":1}}""", $"[{string.Join(',', operations)}]")).Code.ShouldBe(413);
    }

    [Theory]
    [InlineData("""{"a":{"b":1,"c":2}}""", """{"a":{"b":null,"d":3}}""", """{"a":{"c":2,"d":3}}""")]
    [InlineData("""{"a":[1,2]}""", """{"a":[3]}""", """{"a":[3]}""")]
    [InlineData("""{"a":1}""", """{"a":{"b":{"c":null,"d":1}}}""", """{"a":{"b":{"d":1}}}""")]
    public void Merge_patch(string live, string patch, string expected) => Patched(PatchKind.Merge, live, patch).ShouldBe(expected);

    [Theory]
    [InlineData("""[{"name":"a","image":"1"}]""", """[{"name":"b","image":"3"},{"name":"a","image":"2"}]""", """[{"name":"b","image":"3"},{"name":"a","image":"2"}]""")]
    [InlineData("""[{"name":"a"},{"name":"b"},{"name":"c"}]""", """[{"name":"c"},{"name":"new"}]""", """[{"name":"a"},{"name":"b"},{"name":"c"},{"name":"new"}]""")]
    [InlineData("""[{"name":"a","image":"1"},{"name":"b"}]""", """[{"name":"a","$patch":"delete"}]""", """[{"name":"b"}]""")]
    [InlineData("""[{"name":"a","image":"1"}]""", """[{"$patch":"replace"},{"name":"b"}]""", """[{"name":"b"}]""")]
    [InlineData("""[{"name":"a","image":"1","tty":true}]""", """[{"name":"a","$patch":"replace","image":"2"}]""", """[{"name":"a","image":"2"}]""")]
    public void Strategic_merge_merges_lists_by_key(string live, string patch, string expected) =>
        Patched(PatchKind.StrategicMerge, $$$"""{"spec":{"containers":{{{live}}}}}""", $$$"""{"spec":{"containers":{{{patch}}}}}""")
            .ShouldBe($$$"""{"spec":{"containers":{{{expected}}}}}""");

    [Fact]
    public void Strategic_merge_sets_the_order_of_elements() =>
        Patched(
            PatchKind.StrategicMerge,
            """{"spec":{"containers":[{"name":"a"},{"name":"b"}]}}""",
            """{"spec":{"$setElementOrder/containers":[{"name":"c"},{"name":"b"},{"name":"a"}],"containers":[{"name":"c"}]}}""")
            .ShouldBe("""{"spec":{"containers":[{"name":"c"},{"name":"b"},{"name":"a"}]}}""");

    [Fact]
    public void Strategic_merge_deletes_from_lists_of_texts() =>
        Patched(
            PatchKind.StrategicMerge,
            """{"metadata":{"finalizers":["a/1","b/2"]}}""",
            """{"metadata":{"$deleteFromPrimitiveList/finalizers":["a/1"],"finalizers":["c/3"]}}""")
            .ShouldBe("""{"metadata":{"finalizers":["c/3","b/2"]}}""");

    [Fact]
    public void Strategic_merge_keeps_only_the_named_keys() =>
        Patched(
            PatchKind.StrategicMerge,
            """{"spec":{"strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":1}}}}""",
            """{"spec":{"strategy":{"$retainKeys":["type"],"type":"Recreate"}}}""",
            Deployments)
            .ShouldBe("""{"spec":{"strategy":{"type":"Recreate"}}}""");

    [Fact]
    public void Strategic_merge_replaces_lists_without_a_key() =>
        Patched(PatchKind.StrategicMerge, """{"spec":{"tolerations":[{"key":"a"}]}}""", """{"spec":{"tolerations":[{"key":"b"}]}}""")
            .ShouldBe("""{"spec":{"tolerations":[{"key":"b"}]}}""");

    [Fact]
    public void Strategic_merge_needs_the_merge_key() =>
        Should.Throw<ApiException>(() => Patched(PatchKind.StrategicMerge, """{"spec":{}}""", """{"spec":{"containers":[{"image":"x"}]}}"""))
            .Message.ShouldContain("does not contain declared merge key: name");

    [Fact]
    public void Strategic_merge_of_a_custom_resource_is_an_unsupported_media_type() =>
        Should.Throw<ApiException>(() => Patched(PatchKind.StrategicMerge, "{}", "{}", Pods with { IsCustom = true })).Code.ShouldBe(415);

    private string Patched(PatchKind kind, string live, string patch, ResourceDefinition? definition = null)
    {
        var target = (JsonObject)JsonNode.Parse(live)!;
        var result = _patcher.Apply(definition ?? Pods, kind, target, JsonNode.Parse(patch)!).ToJsonString();
        target.ToJsonString().ShouldBe(live);
        return result;
    }
}
