using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Resources;
using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.Tests.Schemas;

/// <summary>Defaults and validation of built-in kinds.</summary>
public sealed class BuiltInKindsTests
{
    private static readonly ResourceSnapshot Resources = new ResourceCatalog().Current;

    [Fact]
    public void Every_kind_has_a_schema_that_loads()
    {
        foreach (var definition in Resources.All)
        {
            definition.Schema.Root!.Properties.Keys.ShouldContain("metadata");
            definition.Schema.Root.Properties.Keys.ShouldContain("kind");
        }
    }

    [Fact]
    public void A_pod_gets_its_defaults()
    {
        var pod = Defaulted("", "pods", """{"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i:latest","ports":[{"containerPort":80}],"readinessProbe":{"httpGet":{"port":80}}}]}}""");
        var spec = pod["spec"]!;
        spec["restartPolicy"]!.GetValue<string>().ShouldBe("Always");
        spec["terminationGracePeriodSeconds"]!.GetValue<int>().ShouldBe(30);
        var container = spec["containers"]![0]!;
        container["imagePullPolicy"]!.GetValue<string>().ShouldBe("Always");
        container["ports"]![0]!["protocol"]!.GetValue<string>().ShouldBe("TCP");
        container["readinessProbe"]!["periodSeconds"]!.GetValue<int>().ShouldBe(10);
        container["readinessProbe"]!["httpGet"]!["path"]!.GetValue<string>().ShouldBe("/");
        pod["status"]!["phase"]!.GetValue<string>().ShouldBe("Pending");
        Errors("", "pods", pod).ShouldBeEmpty();
    }

    [Fact]
    public void Text_of_a_secret_is_written_into_its_data()
    {
        var secret = Defaulted("", "secrets", """{"metadata":{"name":"s"},"stringData":{"k":"v"}}""");
        secret.ToJsonString().ShouldBe("""{"metadata":{"name":"s"},"type":"Opaque","data":{"k":"dg=="}}""");
    }

    [Fact]
    public void All_violations_are_told_at_once_with_their_paths()
    {
        var pod = Defaulted("", "pods", """{"metadata":{"name":"P"},"spec":{"restartPolicy":"Sometimes","terminationGracePeriodSeconds":"x","containers":[{"image":"i"}]}}""");
        Errors("", "pods", pod).Select(e => $"{e.Field}: {e.Message}").ShouldBe(
        [
            "spec.containers[0].name: Required value",
            "spec.restartPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \"OnFailure\", \"Never\"",
            "spec.terminationGracePeriodSeconds: Invalid value: \"string\": spec.terminationGracePeriodSeconds in body must be of type integer: \"string\"",
            "metadata.name: Invalid value: \"P\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
        ], ignoreOrder: true);
    }

    [Fact]
    public void Unknown_fields_are_removed_and_told()
    {
        var pod = (JsonObject)JsonNode.Parse("""{"spec":{"containers":[{"name":"c","imag":"i"}],"node":"x"},"foo":1}""")!;
        Schema("", "pods").Prune(pod).ShouldBe(["spec.containers[0].imag", "spec.node", "foo"], ignoreOrder: true);
        pod.ToJsonString().ShouldBe("""{"spec":{"containers":[{"name":"c"}]}}""");
    }

    [Theory]
    [InlineData("""{"metadata":{"name":"c"},"immutable":true,"data":{"a":"2"}}""", "data")]
    [InlineData("""{"metadata":{"name":"c"},"data":{"a":"1"}}""", "immutable")]
    public void Immutable_config_maps_do_not_change(string changed, string field)
    {
        var old = (JsonObject)JsonNode.Parse("""{"metadata":{"name":"c"},"immutable":true,"data":{"a":"1"}}""")!;
        Schema("", "configmaps").Validate((JsonObject)JsonNode.Parse(changed)!, old).Single().Field.ShouldBe(field);
    }

    [Fact]
    public void Selectors_of_deployments_select_their_template()
    {
        var deployment = Defaulted("apps", "deployments", """
            {"metadata":{"name":"d"},"spec":{"selector":{"matchLabels":{"app":"x"}},"template":{"metadata":{"labels":{"app":"y"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}
            """);
        deployment["spec"]!["strategy"]!.ToJsonString().ShouldBe("""{"type":"RollingUpdate","rollingUpdate":{"maxUnavailable":"25%","maxSurge":"25%"}}""");
        Errors("apps", "deployments", deployment).Single().Message.ShouldContain("`selector` does not match template `labels`");
    }

    private static IObjectSchema Schema(string group, string plural) => Resources.ByPlural(group, "v1", plural)!.Schema;

    private static JsonObject Defaulted(string group, string plural, string json)
    {
        var obj = (JsonObject)JsonNode.Parse(json)!;
        Schema(group, plural).ApplyDefaults(obj);
        return obj;
    }

    private static IReadOnlyList<FieldError> Errors(string group, string plural, JsonObject obj) => Schema(group, plural).Validate(obj, null);
}
