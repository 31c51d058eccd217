using AeroGrid.TestKit;

namespace AeroGrid.ApiServer.Tests.Discovery;

/// <summary>What people do with kubectl and what needs discovery, OpenAPI, patches and apply together.</summary>
public sealed class KubectlTests(ApiServerFixture api) : IClassFixture<ApiServerFixture>
{
    [Fact]
    public async Task Client_side_apply_creates_then_changes_nothing_then_changes()
    {
        var (file, ns) = await DeploymentFileAsync();
        (await KubectlAsync("apply", "-n", ns, "-f", file)).ShouldBe("deployment.apps/web created\n");
        (await KubectlAsync("apply", "-n", ns, "-f", file)).ShouldBe("deployment.apps/web unchanged\n");
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Replace("image: one", "image: two", StringComparison.Ordinal));
        (await KubectlAsync("apply", "-n", ns, "-f", file)).ShouldBe("deployment.apps/web configured\n");
        var wide = await KubectlAsync("get", "deploy", "-n", ns, "-o", "wide");
        wide.ShouldContain("NAME   READY   UP-TO-DATE   AVAILABLE   AGE");
        wide.ShouldContain("app          two      app=web");
    }

    [Fact]
    public async Task Server_side_apply_tells_conflicts_and_takes_over_when_forced()
    {
        var (file, ns) = await DeploymentFileAsync();
        (await KubectlAsync("apply", "--server-side", "-n", ns, "-f", file)).ShouldBe("deployment.apps/web serverside-applied\n");
        var version = await KubectlAsync("get", "deploy", "web", "-n", ns, "-o", "jsonpath={.metadata.resourceVersion}");
        await KubectlAsync("apply", "--server-side", "-n", ns, "-f", file);
        (await KubectlAsync("get", "deploy", "web", "-n", ns, "-o", "jsonpath={.metadata.resourceVersion}")).ShouldBe(version);

        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Replace("image: one", "image: two", StringComparison.Ordinal));
        var conflict = await api.Server.KubectlAsync("apply", "--server-side", "--field-manager=other", "-n", ns, "-f", file);
        conflict.ExitCode.ShouldBe(1);
        conflict.Error.ShouldContain("Apply failed with 1 conflict: conflict with \"kubectl\": .spec.template.spec.containers[name=\"app\"].image");
        await KubectlAsync("apply", "--server-side", "--force-conflicts", "--field-manager=other", "-n", ns, "-f", file);
    }

    [Fact]
    public async Task Patches_of_all_three_types_are_taken()
    {
        var (file, ns) = await DeploymentFileAsync();
        await KubectlAsync("apply", "-n", ns, "-f", file);
        await KubectlAsync("patch", "deploy", "web", "-n", ns, "-p", """{"spec":{"template":{"spec":{"containers":[{"name":"side","image":"s"}]}}}}""");
        await KubectlAsync("patch", "deploy", "web", "-n", ns, "--type=merge", "-p", """{"spec":{"replicas":2}}""");
        await KubectlAsync("patch", "deploy", "web", "-n", ns, "--type=json", "-p", """[{"op":"test","path":"/spec/replicas","value":2},{"op":"replace","path":"/spec/replicas","value":3}]""");
        (await KubectlAsync("get", "deploy", "web", "-n", ns, "-o", "jsonpath={.spec.replicas} {.spec.template.spec.containers[*].name}")).ShouldBe("3 side app");
    }

    [Fact]
    public async Task An_unknown_field_is_refused_by_name()
    {
        var (file, ns) = await DeploymentFileAsync();
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Replace("selector:", "selektor: {}\n  selector:", StringComparison.Ordinal));
        var result = await api.Server.KubectlAsync("apply", "--validate=strict", "-n", ns, "-f", file);
        result.ExitCode.ShouldBe(1);
        result.Error.ShouldContain("strict decoding error: unknown field \"spec.selektor\"");
    }

    [Fact]
    public async Task Explain_reads_well_for_built_in_and_custom_kinds()
    {
        (await KubectlAsync("explain", "pod.spec.containers", "--recursive")).ShouldContain("    valueFrom\t<EnvVarSource>");
        var port = await KubectlAsync("explain", "pod.spec.containers.ports.containerPort");
        port.ShouldContain("FIELD: containerPort <integer>");
        port.ShouldContain("Number of port to expose on the pod's IP address.");

        await api.Server.InstallAsync(Path.Combine(Tools.RepositoryRoot, "deploy", "crds", "aerogrid.io_apps.yaml"));
        var files = await KubectlAsync("explain", "app.spec.files");
        files.ShouldContain("FIELD: files <[]Object>");
        files.ShouldContain("path\t<string> -required-");
    }

    [Fact]
    public async Task Resources_are_listed_with_short_names_and_categories()
    {
        var all = await KubectlAsync("api-resources", "--no-headers");
        all.ShouldContain("deployments");
        all.Split('\n').Single(l => l.StartsWith("pods ", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries).ShouldBe(["pods", "po", "v1", "true", "Pod"]);
        (await KubectlAsync("api-resources", "--categories=all", "-o", "name")).ShouldContain("replicasets.apps");
        (await KubectlAsync("api-versions")).Split('\n').ShouldContain("batch/v1");
    }

    private Task<string> KubectlAsync(params string[] arguments)
    {
        Assert.SkipUnless(Tools.Has("kubectl"), "kubectl is not installed");
        return api.Server.KubectlOkAsync(arguments);
    }

    private async Task<(string File, string Namespace)> DeploymentFileAsync()
    {
        var ns = await api.NamespaceAsync();
        var file = Path.Combine(api.Server.DataFolder, $"{ns}.yaml");
        await File.WriteAllTextAsync(file, """
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              name: web
            spec:
              selector:
                matchLabels: { app: web }
              template:
                metadata:
                  labels: { app: web }
                spec:
                  containers:
                  - name: app
                    image: one
                    ports:
                    - containerPort: 80
            """);
        return (file, ns);
    }
}
