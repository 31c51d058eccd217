using AeroGrid.Api.Apps;
using AeroGrid.Cli.Commands;
using AeroGrid.Cli.Connection;
using AeroGrid.Cli.Output;
using AeroGrid.ControllerRuntime;
using AeroGrid.ControllerRuntime.Client;
using k8s.Models;

namespace AeroGrid.Cli.Deploy;

/// <summary>One run of <c>aerogrid deploy</c>: writes the app and, when asked to, waits until the new version serves.</summary>
internal sealed class Deployment(PlatformConnection platform, string name, string? runtime, AppFolder source, string? format)
{
    private const int Attempts = 5;

    /// <summary>Runs it and returns the exit code.</summary>
    public async Task<int> RunAsync(bool wait, TimeSpan timeout, CancellationToken cancellationToken)
    {
        // With -o the object goes to standard output, alone.
        var progress = new DeployProgress(format is null ? Console.Out : Console.Error, TimeProvider.System);
        var app = await WriteAsync(cancellationToken);
        progress.Step("files", $"{source.Files.Count} accepted");
        if (wait)
        {
            app = await new Rollout(platform, app, progress).WaitAsync(timeout, cancellationToken);
        }

        if (format is not null)
        {
            Printer.Write(Console.Out, format, Printer.ToJson(app));
        }
        else if (app.Status?.Url is { } url)
        {
            Console.Out.WriteLine(url);
        }

        return 0;
    }

    /// <summary>
    /// The folder is the whole truth about the files: they replace what was there, whoever wrote it. What the folder does not say
    /// (environment, access, replicas) stays.
    /// </summary>
    private async Task<App> WriteAsync(CancellationToken cancellationToken)
    {
        var key = new ObjectKey(platform.Tenant, name);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var existing = await platform.Client.GetAsync<App>(key, cancellationToken);
                var write = new WriteOptions { FieldManager = Apps.FieldManager };
                return existing is null
                    ? await platform.Client.CreateAsync(New(), write, cancellationToken)
                    : await platform.Client.MergePatchAsync<App>(key, Patch(existing), write, cancellationToken);
            }
            catch (KubernetesApiException e) when ((e.IsAlreadyExists || e.IsConflict) && attempt < Attempts)
            {
                // Somebody saved at the same moment: read again.
            }
            catch (KubernetesApiException e) when (e.IsNotFound)
            {
                throw new CommandException($"there is no tenant {platform.Tenant}; name yours with --tenant", e);
            }
        }
    }

    private App New() => new()
    {
        Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = platform.Tenant },
        Spec = new AppSpec
        {
            Runtime = RuntimeName(null),
            Files = Files(),
            Replicas = source.Settings.Replicas,
            Access = source.Settings.Access,
            Env = Env(),
        },
    };

    private object Patch(App existing) => new
    {
        metadata = new { resourceVersion = existing.Metadata.ResourceVersion },
        spec = new
        {
            runtime = RuntimeName(existing),
            files = Files(),
            replicas = source.Settings.Replicas,
            access = source.Settings.Access,
            env = Env(),
        },
    };

    private string RuntimeName(App? existing) =>
        runtime ?? source.Settings.Runtime ?? existing?.Spec.Runtime ?? (source.ImportsSdk() ? "python" : "python-web");

    private List<AppFile> Files() => [.. source.Files.Select(f => new AppFile { Path = f.Path, Content = f.Content })];

    private List<EnvironmentVariable>? Env() =>
        source.Settings.Env.Count == 0 ? null : [.. source.Settings.Env.Select(pair => new EnvironmentVariable { Name = pair.Key, Value = pair.Value })];
}
