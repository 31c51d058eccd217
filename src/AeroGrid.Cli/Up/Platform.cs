using AeroGrid.ApiServer.Hosting;
using AeroGrid.Cli.Commands;
using AeroGrid.Cli.Connection;
using AeroGrid.Identity.Users;

namespace AeroGrid.Cli.Up;

/// <summary>
/// The platform on one machine, from start to stop: takes the data folder, starts the parts, tells how to use them, waits, stops them. Runs
/// once.
/// </summary>
internal sealed class Platform(UpOptions options, TextWriter output, TextWriter errors)
{
    /// <summary>Runs until cancelled.</summary>
    /// <exception cref="StartupException">It cannot start for a reason that a person can mend.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        var report = new StartupReport(output);
        using var data = DataFolder.Open(options.DataFolder);
        var addresses = Addresses();
        using var loggers = UpLogging.Create(data, errors);
        var credentials = Credentials.LoadOrCreate(data.Path);
        using var certificate = LoopbackCertificate.LoadOrCreate(Path.Combine(data.Path, "tls.pem"), TimeProvider.System);
        var password = await new UserStore(data.Path).CreateFirstUserAsync(stop);

        var parts = new PlatformParts(data, addresses, credentials, certificate, loggers, report);
        try
        {
            KubeconfigFile.Write(
                data.Kubeconfig, new UriBuilder(addresses.Api) { Scheme = Uri.UriSchemeHttps }.Uri, credentials.Admin, LoopbackCertificate.AuthorityData(certificate));
            await parts.StartAsync(isFirstStart: password is not null, stop);
            new PlatformFile(addresses.Api, addresses.Apps, addresses.Issuer, Environment.ProcessId, TimeProvider.System.GetUtcNow(), VersionCommand.Current)
                .Write(data.Path);
            // After the file: whoever waits for /readyz goes on to use commands, which find the platform by it.
            parts.TellReady();
            report.Usage(addresses, data.Kubeconfig, password);
            await parts.UntilFailureAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Asked to stop, perhaps while starting: what has started is stopped below.
        }
        finally
        {
            PlatformFile.Delete(data.Path);
            report.Stopping();
            await parts.StopAsync();
        }

        report.Stopped();
    }

    private PlatformAddresses Addresses()
    {
        var (api, apps) = (Listeners.Choose(options.Port, "--port"), Listeners.Choose(options.AppsPort, "--apps-port"));
        return api == apps
            ? throw new StartupException($"--port and --apps-port are both {api}; user code must not share the console's origin, so choose another one for apps")
            : new PlatformAddresses(new Uri($"http://localhost:{api}/"), new Uri($"http://localhost:{apps}/"));
    }
}
