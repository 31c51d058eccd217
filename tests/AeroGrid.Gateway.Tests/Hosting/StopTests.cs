using System.Diagnostics;

using AeroGrid.Gateway.Tests.Support;

namespace AeroGrid.Gateway.Tests.Hosting;

public class StopTests
{
    [Fact]
    public async Task Idle_connections_do_not_hold_up_a_stop()
    {
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.EchoAsync("/apps/demo/hello/");

        var watch = Stopwatch.StartNew();
        await gateway.Server.StopAsync();

        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(2));
    }
}
