using System.Net.Http.Headers;

using AeroGrid.Oci.Building;
using AeroGrid.Oci.Distribution;
using AeroGrid.Oci.Layers;
using AeroGrid.Oci.References;
using AeroGrid.Registry;
using AeroGrid.TestKit;

using k8s;
using k8s.Models;

// One node for all tests: they have pods of their own, as on a real node.
[assembly: AssemblyFixture(typeof(AeroGrid.Node.Tests.Kubelet.NodeFixture))]

namespace AeroGrid.Node.Tests.Kubelet;

/// <summary>A node with a real API server and a real registry on one listener, as <c>aerogrid up</c> has them.</summary>
public sealed class NodeFixture : IAsyncLifetime
{
    public const string NodeName = "aerogrid";
    public const string RegistryName = "registry.test";
    public const string KubeletToken = "kubelet-token-for-tests";

    private static readonly RegistryUser Pusher = new("push", "push-password-for-tests", MayPush: true);
    private static readonly RegistryUser Puller = new("pull", "pull-password-for-tests", MayPush: false);
    private readonly string _folder = Directory.CreateTempSubdirectory("aerogrid-node-").FullName;
    private int _counter;

    public TestApiServer Server { get; private set; } = null!;

    public NodeAgent Node { get; private set; } = null!;

    public RegistryClient Registry { get; private set; } = null!;

    public Kubernetes Client => Server.Client;

    /// <summary>Python on the machine's system, as the runtime <c>python-web</c>.</summary>
    public Image Runtime { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Server = await TestApiServer.StartAsync(new TestApiServerOptions
        {
            KubeletToken = KubeletToken,
            ConfigureServices = services => services.AddRegistry(new() { Folder = Path.Combine(_folder, "registry"), Users = [Pusher, Puller] }),
            ConfigureApplication = app => app.MapRegistry(),
        });
        Registry = new RegistryClient(new()
        {
            Endpoints = new Dictionary<string, Uri> { [RegistryName] = Server.Address },
            Credentials = new Dictionary<string, RegistryCredential> { [RegistryName] = new(Pusher.Name, Pusher.Password) },
        });
        var images = await AeroGrid.Images.RuntimeImages.PushAsync(Registry, RegistryName);
        Runtime = await Registry.GetImageAsync(images.Runtimes["python-web"]);
        RuntimeRepository = images.Runtimes["python-web"].Repository;
        await StartNodeAsync();
    }

    public RepositoryName RuntimeRepository { get; private set; } = null!;

    public NodeOptions Options => new()
    {
        DataFolder = Path.Combine(_folder, "node"),
        ApiServer = Server.Address,
        Token = Server.AdminToken,
        KubeletToken = KubeletToken,
        NodeName = NodeName,
        RegistryEndpoints = new Dictionary<string, Uri> { [RegistryName] = Server.Address },
        RegistryCredential = new(Puller.Name, Puller.Password),
        ShutdownGrace = TimeSpan.FromSeconds(1),
        ClosedPorts = [Server.Address.Port],
        Controllers = null,
        VolumeRefreshPeriod = TimeSpan.FromSeconds(1),
        Logs = new() { MaxFileBytes = 1024 * 1024 },
    };

    public async Task StartNodeAsync()
    {
        Node = new NodeAgent(Options);
        await Node.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync();
        Registry.Dispose();
        await Server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>An app image: the runtime and a layer with the program, as the operator makes it.</summary>
    internal async Task<string> PushAppAsync(string program, Action<ImageBuilderInput>? change = null)
    {
        var input = new ImageBuilderInput { Files = { LayerFile.Text("app/app.py", program) } };
        change?.Invoke(input);
        var built = ImageBuilder.AppendLayer(Runtime, LayerBuilder.Build(input.Files), new());
        var target = new ImageReference(new RepositoryName(RegistryName, "demo/apps"), $"t{Interlocked.Increment(ref _counter)}", null);
        return (await Registry.PushImageAsync(target, built, RuntimeRepository)).ToString();
    }

    /// <summary>A pod with one container <c>app</c>, bound to this node.</summary>
    internal async Task<V1Pod> CreatePodAsync(string image, Action<V1Pod>? change = null)
    {
        var pod = new V1Pod
        {
            Metadata = new() { Name = $"pod-{Interlocked.Increment(ref _counter)}-{Guid.NewGuid().ToString("N")[..6]}", NamespaceProperty = "default" },
            Spec = new()
            {
                NodeName = NodeName,
                TerminationGracePeriodSeconds = 2,
                Containers =
                [
                    new()
                    {
                        Name = "app",
                        Image = image,
                        Ports = [new() { Name = "http", ContainerPort = 8080 }],
                        TerminationMessagePolicy = "FallbackToLogsOnError",
                    },
                ],
            },
        };
        change?.Invoke(pod);
        return await Client.CoreV1.CreateNamespacedPodAsync(pod, "default");
    }

    internal Task<V1Pod> GetAsync(V1Pod pod) => Client.CoreV1.ReadNamespacedPodAsync(pod.Metadata.Name, "default");

    /// <summary>Waits until the pod is as a check wants it.</summary>
    internal Task<V1Pod> UntilAsync(V1Pod pod, Action<V1Pod> check, TimeSpan? timeout = null) => Eventually.Async(
        async () =>
        {
            var now = await GetAsync(pod);
            now.Status.ShouldNotBeNull();
            check(now);
            return now;
        },
        timeout);

    /// <summary>Waits until the pod is as a check wants it.</summary>
    internal Task<V1Pod> UntilAsync(V1Pod pod, Func<V1Pod, Task> check) => Eventually.Async(
        async () =>
        {
            var now = await GetAsync(pod);
            await check(now);
            return now;
        });

    internal Task<V1Pod> UntilReadyAsync(V1Pod pod) => UntilAsync(pod, now => IsReady(now).ShouldBeTrue(Describe(now)));

    internal Task UntilGoneAsync(V1Pod pod) => Eventually.Async(async () =>
        (await Should.ThrowAsync<k8s.Autorest.HttpOperationException>(() => GetAsync(pod))).Response.StatusCode.ShouldBe(System.Net.HttpStatusCode.NotFound));

    internal static bool IsReady(V1Pod pod) => pod.Status?.Conditions?.Any(condition => condition is { Type: "Ready", Status: "True" }) == true;

    internal static string Describe(V1Pod pod) => KubernetesJson.Serialize(pod.Status);

    internal static V1ContainerStatus StatusOf(V1Pod pod, string container = "app") =>
        pod.Status.ContainerStatuses?.FirstOrDefault(status => status.Name == container) ?? throw new ShouldAssertException($"no status of {container} yet");

    /// <summary>The real port behind <c>http</c>.</summary>
    internal static int PortOf(V1Pod pod) =>
        System.Text.Json.JsonSerializer.Deserialize<Dictionary<string, int>>(pod.Metadata.Annotations["node.aerogrid.io/ports"])!["http"];

    /// <summary>GETs from the pod, as the gateway does.</summary>
    internal static async Task<string> CallAsync(V1Pod pod, string path = "/")
    {
        using var http = new HttpClient(new SocketsHttpHandler());
        return await http.GetStringAsync(new Uri($"http://127.0.0.1:{PortOf(pod)}{path}"));
    }

    /// <summary>Asks the kubelet for logs, as the API server does.</summary>
    internal async Task<HttpResponseMessage> LogsAsync(V1Pod pod, string query = "", string container = "app", string token = KubeletToken)
    {
        var node = await Client.CoreV1.ReadNodeAsync(NodeName);
        using var http = new HttpClient(new SocketsHttpHandler());
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await http.GetAsync(
            new Uri($"http://127.0.0.1:{node.Status.DaemonEndpoints.KubeletEndpoint.Port}/containerLogs/default/{pod.Metadata.Name}/{container}{query}"),
            HttpCompletionOption.ResponseHeadersRead);
    }

    internal async Task<string> LogTextAsync(V1Pod pod, string query = "", string container = "app")
    {
        using var response = await LogsAsync(pod, query, container);
        return await response.Content.ReadAsStringAsync();
    }

    internal async Task<IReadOnlyList<Corev1Event>> EventsAsync(V1Pod pod) =>
        [.. (await Client.CoreV1.ListNamespacedEventAsync("default")).Items.Where(e => e.InvolvedObject.Uid == pod.Metadata.Uid)];
}

/// <summary>What a test may change of an image.</summary>
internal sealed class ImageBuilderInput
{
    public List<LayerFile> Files { get; } = [];
}
