using AeroGrid.Api.Apps;
using AeroGrid.Api.Images;
using AeroGrid.Api.Runtimes;
using AeroGrid.Api.Tenants;
using AeroGrid.Operator.Apps;
using AeroGrid.Operator.Tenants;

namespace AeroGrid.Operator.Tests.Fixtures;

/// <summary>Objects that are valid and need no explaining; tests change what they are about.</summary>
internal static class Some
{
    public const string RuntimeImage = "registry.aerogrid.local/aerogrid/python@sha256:1111111111111111111111111111111111111111111111111111111111111111";

    public static OperatorOptions Options { get; } = new()
    {
        ApiServer = new("http://127.0.0.1:1"),
        AppsUrl = new("http://localhost:8080"),
        Issuer = new("http://localhost:8000/identity"),
        RegistryEndpoint = new("http://127.0.0.1:8000"),
        Builder = new() { Image = "registry.aerogrid.local/aerogrid/builder@sha256:2222222222222222222222222222222222222222222222222222222222222222" },
    };

    public static App App(string name = "orders", params (string Path, string Content)[] files) => new()
    {
        Metadata = new() { Name = name, NamespaceProperty = "demo", Uid = "app-uid", Generation = 1 },
        Spec = new() { Files = Files(files) },
    };

    public static List<AppFile> Files(params (string Path, string Content)[] files) => files.Length == 0
        ? [new() { Path = "app.py", Content = "print('hello')\n" }]
        : [.. files.Select(file => new AppFile { Path = file.Path, Content = file.Content })];

    public static Runtime Runtime(string name = "python", bool grpc = true) => new()
    {
        Metadata = new() { Name = name },
        Spec = new()
        {
            DisplayName = name,
            Image = RuntimeImage,
            EntryPoint = "app.py",
            RequirementsFile = "requirements.txt",
            Ports = grpc
                ? [new() { Name = "http", ContainerPort = 8080 }, new() { Name = "grpc", ContainerPort = 9090 }]
                : [new() { Name = "http", ContainerPort = 8080 }],
        },
    };

    public static Tenant Tenant(string name = "demo") => new()
    {
        Metadata = new() { Name = name, Uid = "tenant-uid", Generation = 1 },
        Spec = new() { DisplayName = "Demo" },
    };

    public static TenantRun TenantRun(Tenant? tenant = null) => new() { Tenant = tenant ?? Tenant() };

    public static AppRun Run(App? app = null, Runtime? runtime = null, Tenant? tenant = null) => new()
    {
        App = app ?? App(),
        Version = "0123456789abcdef",
        Runtime = runtime ?? Runtime(),
        TenantObject = tenant ?? Tenant(),
        Pods = [],
        Revisions = [],
        Image = new Image
        {
            Spec = new() { Runtime = "python", Source = new() { ConfigMapRef = new() { Name = "orders-0123456789abcdef" } } },
            Status = new() { Phase = ImagePhase.Ready, Image = "registry.aerogrid.local/demo/orders@sha256:3333333333333333333333333333333333333333333333333333333333333333" },
        },
    };
}
