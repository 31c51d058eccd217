using System.CommandLine;
using AeroGrid.Api.Apps;
using AeroGrid.Cli.Connection;
using AeroGrid.Cli.Output;
using AeroGrid.ControllerRuntime.Client;

namespace AeroGrid.Cli.Commands;

/// <summary><c>aerogrid apps</c>.</summary>
internal static class AppsCommand
{
    public static Command Create()
    {
        var options = new PlatformOptions();
        var all = new Option<bool>("--all", "-A") { Description = "The apps of all tenants." };
        var command = options.AddTo(new Command("apps", "List the apps of a tenant.") { all });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var platform = PlatformConnection.Open(parsed, options);
            var everywhere = parsed.GetValue(all);
            var list = await platform.Client.ListAsync<App>(new ListRequest { Namespace = everywhere ? null : platform.Tenant }, cancellationToken);
            var apps = list.Items.OrderBy(a => (a.Metadata.NamespaceProperty, a.Metadata.Name)).ToList();
            if (parsed.GetValue(options.Output) is { } format)
            {
                Printer.List(parsed.InvocationConfiguration.Output, format, "aerogrid.io/v1alpha1", "AppList", list.ResourceVersion, apps);
                return 0;
            }

            if (apps.Count == 0)
            {
                parsed.InvocationConfiguration.Output.WriteLine(
                    $"No apps in {(everywhere ? "any tenant" : $"tenant {platform.Tenant}")} yet; `aerogrid deploy FOLDER` makes one.");
                return 0;
            }

            TextTable.Write(
                parsed.InvocationConfiguration.Output,
                [.. everywhere ? ["TENANT"] : Array.Empty<string>(), "NAME", "PHASE", "REVISION", "READY", "URL"],
                apps.Select(app => (IReadOnlyList<string>)[.. everywhere ? [app.Metadata.NamespaceProperty] : Array.Empty<string>(), .. Row(app)]));
            return 0;
        });
        return Examples.Of(
            command,
            """
            aerogrid apps
            aerogrid apps --tenant sales -o json
            """);
    }

    private static string[] Row(App app) =>
    [
        app.Metadata.Name,
        (app.Status?.Phase ?? AppPhase.Pending).ToString(),
        app.Status?.Revision?.ToString() ?? "-",
        $"{app.Status?.ReadyReplicas ?? 0}/{app.Spec.Replicas ?? 1}",
        app.Status?.Url ?? "-",
    ];
}
