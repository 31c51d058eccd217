using System.Diagnostics;
using System.Runtime.CompilerServices;
using AeroGrid.ControllerRuntime.Leadership;
using AeroGrid.ControllerRuntime.Tests.Servers;
using AeroGrid.TestKit;
using k8s.Models;

namespace AeroGrid.ControllerRuntime.Tests.Leadership;

/// <summary>
/// A process of its own that leads: this very program, which does that instead of running tests when an environment variable says so. What
/// <c>RunAsync</c> throws ends the process as it ends every .NET program, which is what is tested.
/// </summary>
internal sealed class ElectorProcess : IDisposable
{
    private const string Variable = "AEROGRID_TEST_ELECTOR";

    private readonly Process process;
    private readonly Cluster cluster;
    private readonly string space;
    private readonly string identity;

    private ElectorProcess(Process process, Cluster cluster, string space, string identity) =>
        (this.process, this.cluster, this.space, this.identity) = (process, cluster, space, identity);

    public static ElectorProcess Start(Cluster cluster, string space, string identity)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment[Variable] = $"{cluster.Server.Address} {cluster.Server.AdminToken} {space} {identity}";
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        var started = Process.Start(start)!;
        started.BeginErrorReadLine();
        started.BeginOutputReadLine();
        return new(started, cluster, space, identity);
    }

    public Task LeadsAsync() => Eventually.Async(async () =>
    {
        process.HasExited.ShouldBeFalse();
        (await cluster.Client.GetAsync<V1Lease>(space, "lease")).ShouldNotBeNull().Spec.HolderIdentity.ShouldBe(identity);
    });

    public void Kill() => process.Kill();

    public async Task<int> ExitAsync()
    {
        using var limit = new CancellationTokenSource(Eventually.DefaultTimeout);
        await process.WaitForExitAsync(limit.Token);
        return process.ExitCode;
    }

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill();
        process.Dispose();
    }

#pragma warning disable CA2255 // The test program is started in this role too; a module initializer comes before its own entry point.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void LeadWhenAsked()
    {
        if (Environment.GetEnvironmentVariable(Variable)?.Split(' ') is not [var address, var token, var space, var identity])
            return;
        using var client = Clients.Create(new Uri(address), token);
        var manager = new ControllerManager(client, new()
        {
            LeaderElection = new LeaderElectionOptions
            {
                Namespace = space,
                Name = "lease",
                Identity = identity,
                LeaseDuration = TimeSpan.FromSeconds(2),
                RenewDeadline = TimeSpan.FromSeconds(1.2),
                RetryPeriod = TimeSpan.FromSeconds(0.2),
            },
        });
        manager.RunAsync(CancellationToken.None).GetAwaiter().GetResult();
    }
}
