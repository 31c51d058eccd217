using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Negotiation;
using AeroGrid.TestKit;
using CsCheck;
using k8s;
using k8s.Models;

namespace AeroGrid.ApiServer.Tests.Negotiation;

public sealed class ProtobufBodyTests : IAsyncLifetime
{
    // SelfSubjectAccessReview of "get pods" as kubectl 1.32 sends it.
    private const string Review =
        "azhzAAoyChdhdXRob3JpemF0aW9uLms4cy5pby92MRIXU2VsZlN1YmplY3RBY2Nlc3NSZXZpZXcSPAoQCgASABoAIgAqADIAOABCABIeChwKB2RlZmF1bHQSA2dldBoAIgAqBHBvZHMyADoAGggIABIAGgAgABoAIgA=";

    private TestApiServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestApiServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public void Empty_values_that_go_always_writes_are_absent()
    {
        var review = ProtobufBody.Decode(Convert.FromBase64String(Review));
        review.ToJsonString().ShouldBe(
            """{"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview","spec":{"resourceAttributes":{"namespace":"default","verb":"get","resource":"pods"}}}""");
    }

    [Fact]
    public async Task Commands_of_kubectl_that_create_things_work()
    {
        Assert.SkipUnless(Tools.Has("kubectl"), "kubectl is not installed");
        await _server.KubectlOkAsync("create", "namespace", "demo");
        await _server.KubectlOkAsync("create", "configmap", "settings", "-n", "demo", "--from-literal=a=1");
        await _server.KubectlOkAsync("create", "secret", "generic", "keys", "-n", "demo", "--from-literal=k=v");
        await _server.KubectlOkAsync("create", "serviceaccount", "bot", "-n", "demo");
        await _server.KubectlOkAsync("create", "quota", "limits", "-n", "demo", "--hard=pods=10,count/secrets=5");
        await _server.KubectlOkAsync("create", "role", "reader", "-n", "demo", "--verb=get,list", "--resource=pods,pods/log");
        await _server.KubectlOkAsync("create", "rolebinding", "readers", "-n", "demo", "--role=reader", "--user=jane", "--serviceaccount=demo:bot");
        await _server.KubectlOkAsync("create", "deployment", "web", "-n", "demo", "--image=x", "--replicas=0", "--port=8080");
        await _server.KubectlOkAsync("expose", "deployment", "web", "-n", "demo", "--port=80", "--target-port=8080");
        await _server.KubectlOkAsync("create", "job", "once", "-n", "demo", "--image=x", "--", "true");
        await _server.KubectlOkAsync("run", "pod", "-n", "demo", "--image=x", "--labels=a=b", "--env=A=1");

        var client = _server.Client;
        (await client.ReadNamespacedConfigMapAsync("settings", "demo")).Data["a"].ShouldBe("1");
        (await client.ReadNamespacedSecretAsync("keys", "demo")).Data["k"].ShouldBe("v"u8.ToArray());
        (await client.ReadNamespacedResourceQuotaAsync("limits", "demo")).Spec.Hard["count/secrets"].ToString().ShouldBe("5");
        (await client.ReadNamespacedRoleBindingAsync("readers", "demo")).Subjects.Select(s => s.Kind).ShouldBe(["User", "ServiceAccount"]);
        var web = await client.ReadNamespacedDeploymentAsync("web", "demo");
        web.Spec.Replicas.ShouldBe(0);
        web.Spec.Template.Spec.Containers[0].Ports[0].ContainerPort.ShouldBe(8080);
        web.Spec.Template.Spec.RestartPolicy.ShouldBe("Always");
        (await client.ReadNamespacedServiceAsync("web", "demo")).Spec.Ports[0].TargetPort.Value.ShouldBe("8080");
        (await client.ReadNamespacedJobAsync("once", "demo")).Spec.Template.Spec.Containers[0].Command.ShouldBe(["true"]);
        (await client.ReadNamespacedPodAsync("pod", "demo")).Spec.Containers[0].Env[0].Value.ShouldBe("1");
    }

    [Fact]
    public void Hostile_bytes_are_refused_or_decoded_and_nothing_else()
    {
        var valid = Convert.FromBase64String(Review);
        Gen.Int[4, valid.Length - 1].Select(Gen.Byte).Array[1, 8].Sample(changes =>
        {
            var bytes = valid.ToArray();
            foreach (var (index, value) in changes)
            {
                bytes[index] = value;
            }

            Try(bytes);
        });
        Gen.Byte.Array[0, 200].Sample(tail => Try([.. "k8s\0"u8, .. tail]));

        static void Try(byte[] bytes)
        {
            try
            {
                ProtobufBody.Decode(bytes);
            }
            catch (ApiException)
            {
                // Told to the client.
            }
        }
    }

    [Fact]
    public async Task Custom_resources_have_no_such_encoding()
    {
        using var content = new ByteArrayContent([.. "k8s\0"u8, 0x0a, 0x08, 0x0a, 0x04, .. "x/v1"u8, 0x12, 0x00]);
        content.Headers.ContentType = new("application/vnd.kubernetes.protobuf");
        using var response = await _server.Http.PostAsync("/api/v1/namespaces", content);
        ((int)response.StatusCode).ShouldBe(415);
    }
}
