using AeroGrid.Api;
using AeroGrid.Operator.Istio;

namespace AeroGrid.Operator.Apps.Children;

/// <summary>
/// The route of an app: <c>/apps/tenant/app/…</c> reaches it as <c>/…</c>. Rules have no timeout: Istio's would also end answers that are
/// meant to go on (server-sent events, downloads, gRPC streams), and an app that does not answer is the app's matter.
/// </summary>
internal static class AppRoute
{
    public static VirtualService Create(AppRun run, string gateway)
    {
        var path = Names.AppPath(run.Tenant, run.Name);
        var rules = new List<HttpRoute>();
        if (run.Runtime!.Spec.Ports.FirstOrDefault(port => port.Name == "grpc") is { } grpc)
        {
            rules.Add(new()
            {
                Name = "grpc",
                Match =
                [
                    new()
                    {
                        Uri = new() { Prefix = path },
                        Headers = new Dictionary<string, StringMatch> { ["content-type"] = new() { Prefix = "application/grpc" } },
                    },
                ],
                Rewrite = new() { Uri = "/" },
                Route = [To(run, AppService.Number(grpc))],
            });
        }

        rules.Add(new()
        {
            Name = "http",
            Match = [new() { Uri = new() { Prefix = path } }],
            Rewrite = new() { Uri = "/" },
            Route = [To(run, AppService.HttpPort)],
        });

        // 308 keeps method and body. Relative links of the app's pages only work below the path with its slash.
        rules.Add(new()
        {
            Name = "slash",
            Match = [new() { Uri = new() { Exact = path.TrimEnd('/') } }],
            Redirect = new() { Uri = path, RedirectCode = 308 },
        });
        return new()
        {
            Metadata = new()
            {
                Name = Names.VirtualService(run.Name),
                NamespaceProperty = run.Tenant,
                Labels = Labels.Of(run.Name),
            },
            Spec = new() { Hosts = ["*"], Gateways = [gateway], Http = rules },
        };
    }

    private static RouteDestination To(AppRun run, int port) => new()
    {
        Destination = new()
        {
            Host = $"{Names.Service(run.Name)}.{run.Tenant}.svc.cluster.local",
            Port = new() { Number = port },
        },
    };
}
