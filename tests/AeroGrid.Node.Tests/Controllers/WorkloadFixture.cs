using AeroGrid.ControllerRuntime;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.Node.Controllers;
using AeroGrid.TestKit;
using k8s;
using k8s.Models;

namespace AeroGrid.Node.Tests.Controllers;

/// <summary>Our API server with the workload controllers, a ready node and a scripted kubelet; shared by the tests of a class.</summary>
public sealed class WorkloadFixture : IAsyncLifetime
{
    private ControllerManager manager = null!;

    internal WorkloadControllerOptions Options { get; init; } = new();

    public TestApiServer Server { get; private set; } = null!;

    internal ResourceClient Client => manager.Client;

    internal ScriptedKubelet Kubelet { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Server = await TestApiServer.StartAsync();
        await StartControllersAsync();
        await SetNodeAsync(ready: true);
        await Client.CreateAsync(new V1Namespace { Metadata = new() { Name = "demo" } });
    }

    public async Task StartControllersAsync()
    {
        var client = ResourceClient.Create(new KubernetesClientConfiguration { Host = Server.Address.ToString(), AccessToken = Server.AdminToken });
        manager = new ControllerManager(client);
        WorkloadControllers.AddTo(manager, Options);
        Kubelet = new ScriptedKubelet(client, manager.Informer<V1Pod>());
        manager.AddController("scripted-kubelet", Kubelet, controller => controller.Workers(4));
        await manager.StartAsync();
    }

    public async Task StopControllersAsync()
    {
        await manager.DisposeAsync();
        Client.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await StopControllersAsync();
        await Server.DisposeAsync();
    }

    public async Task SetNodeAsync(bool ready)
    {
        if (await Client.GetAsync<V1Node>(new ObjectKey("local")) is null)
            await Client.CreateAsync(new V1Node { Metadata = new() { Name = "local" }, Spec = new(), Status = new() });
        var status = new { conditions = new[] { new { type = "Ready", status = ready ? "True" : "False", reason = "Test" } } };
        await Client.MergePatchAsync<V1Node>(new ObjectKey("local"), new { status }, new WriteOptions { Subresource = "status" });
    }

    /// <summary>A namespace of its own for one test.</summary>
    internal async Task<string> NamespaceAsync()
    {
        var created = await Client.CreateAsync(new V1Namespace { Metadata = new() { GenerateName = "test-" } });
        return created.Metadata.Name;
    }

    internal Task<V1Deployment> DeployAsync(
        string space, string name, int replicas, string image, Action<V1DeploymentSpec>? change = null)
    {
        var deployment = new V1Deployment
        {
            Metadata = new() { NamespaceProperty = space, Name = name },
            Spec = new()
            {
                Replicas = replicas,
                Selector = new() { MatchLabels = new Dictionary<string, string> { ["app"] = name } },
                Template = new()
                {
                    Metadata = new() { Labels = new Dictionary<string, string> { ["app"] = name } },
                    Spec = new()
                    {
                        Containers = [new() { Name = "main", Image = image, Ports = [new() { Name = "http", ContainerPort = 8080 }] }],
                        TerminationGracePeriodSeconds = 1,
                    },
                },
            },
        };
        change?.Invoke(deployment.Spec);
        return Client.CreateAsync(deployment);
    }

    internal async Task<IReadOnlyList<V1Pod>> PodsAsync(string space, string? app = null) =>
        (await Client.ListAsync<V1Pod>(new ListRequest { Namespace = space, LabelSelector = app is null ? null : $"app={app}" })).Items;

    internal async Task<IReadOnlyList<V1ReplicaSet>> SetsAsync(string space) => await Client.ListAsync<V1ReplicaSet>(space);

    internal async Task<V1Deployment> DeploymentAsync(string space, string name) =>
        (await Client.GetAsync<V1Deployment>(space, name)).ShouldNotBeNull();

    /// <summary>Waits until something about an object holds.</summary>
    internal Task<T> UntilAsync<T>(string space, string name, Action<T> check)
        where T : class, IKubernetesObject<V1ObjectMeta> => Eventually.Async(async () =>
    {
        var obj = (await Client.GetAsync<T>(space, name)).ShouldNotBeNull();
        check(obj);
        return obj;
    });

    internal Task RolledOutAsync(string space, string name) => UntilAsync<V1Deployment>(space, name, deployment =>
    {
        deployment.Status.ShouldNotBeNull().ObservedGeneration.ShouldBe(deployment.Metadata.Generation);
        (deployment.Status.UpdatedReplicas, deployment.Status.AvailableReplicas, deployment.Status.Replicas)
            .ShouldBe((deployment.Spec.Replicas, deployment.Spec.Replicas, deployment.Spec.Replicas));
    });

    /// <summary>kubectl in a namespace; demands success.</summary>
    internal Task<string> KubectlAsync(string space, params string[] arguments) => Server.KubectlOkAsync(["-n", space, .. arguments]);
}
