using k8s.Models;

using AeroGrid.Api;
using AeroGrid.Api.Runtimes;

namespace AeroGrid.Operator.Apps.Children;

/// <summary>The Service by which the gateway finds an app's pods.</summary>
internal static class AppService
{
    /// <summary>The port of the Service that stands for the runtime's port <c>http</c>.</summary>
    public const int HttpPort = 80;

    public static V1Service Create(AppRun run) => new()
    {
        Metadata = new()
        {
            Name = Names.Service(run.Name),
            NamespaceProperty = run.Tenant,
            Labels = Labels.Of(run.Name),
        },
        Spec = new()
        {
            Type = "ClusterIP",
            Selector = AppDeployment.Selector(run),
            Ports = [.. run.Runtime!.Spec.Ports.Select(Port)],
        },
    };

    /// <summary>The Service's number for a port of the runtime.</summary>
    public static int Number(RuntimePort port) => port.Name == "http" ? HttpPort : port.ContainerPort;

    private static V1ServicePort Port(RuntimePort port) => new()
    {
        Name = port.Name,
        Protocol = "TCP",
        Port = Number(port),
        TargetPort = port.Name,
    };
}
