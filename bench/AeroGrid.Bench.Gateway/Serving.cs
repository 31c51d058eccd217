using System.Net;

using AeroGrid.Gateway.Hosting;
using AeroGrid.Gateway.Ingress;
using AeroGrid.Gateway.Observability;
using AeroGrid.Gateway.Tests.Support;

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace AeroGrid.Bench.Gateway;

/// <summary>A gateway in a process of its own. Prints a token, then serves until its input ends.</summary>
internal static class Serving
{
    public static async Task RunAsync(int port, int upstream, string log)
    {
        await using var issuer = TestIssuer.Create();
        await issuer.StartAsync();
        var objects = new MemoryObjects();
        objects.Put(
            Given.Gateway(),
            Given.Route(),
            Given.Service(),
            Given.Slice("hello-1", http: upstream),
            Given.Authentication(jwksUri: issuer.JwksUri, issuer: issuer.Issuer),
            Given.Members());

        // A platform with some apps, so that the table is not of one entry.
        for (var i = 0; i < 200; i++)
            objects.Put(Given.Route($"app-{i}"), Given.Service($"app-{i}"));
        await using var gateway = new GatewayServer(
            new GatewayOptions { ApiServer = new("http://127.0.0.1:1"), Listen = [new(IPAddress.Loopback, port)], AccessLogFile = log },
            NullLoggerFactory.Instance,
            services =>
            {
                services.RemoveAll<IHostedService>();
                services.RemoveAll<IGatewayObjects>();
                services.AddSingleton<IGatewayObjects>(objects);
            });

        // As in the platform, where the metrics page listens.
        using var metrics = new MetricsEndpoint.MetricsPage(["AeroGrid.*"]);
        await gateway.StartAsync();
        gateway.State.Build();
        Console.WriteLine(issuer.Token(lifetime: TimeSpan.FromHours(1)));
        await Console.In.ReadToEndAsync();
        await gateway.StopAsync();
    }
}
