using System.CommandLine;
using AeroGrid.Api;
using AeroGrid.Api.Apps;
using AeroGrid.Cli.Connection;
using AeroGrid.Cli.Deploy;
using AeroGrid.Cli.Output;
using AeroGrid.ControllerRuntime;
using AeroGrid.ControllerRuntime.Client;

namespace AeroGrid.Cli.Commands;

/// <summary><c>aerogrid rollback APP [--to REVISION]</c>: writes the files of an earlier revision again, which makes them the newest.</summary>
internal static class RollbackCommand
{
    public static Command Create()
    {
        var options = new PlatformOptions();
        var app = options.AppArgument();
        var to = new Option<long?>("--to") { HelpName = "REVISION", Description = "The revision whose files are saved again. Default: the one before the newest." };
        var wait = new Option<bool>("--wait") { Description = "Show the progress until it serves." };
        var command = options.AddTo(new Command("rollback", "Go back to the files of an earlier revision.") { app, to, wait });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var platform = PlatformConnection.Open(parsed, options);
            var current = await Apps.GetAsync(platform, parsed.GetRequiredValue(app), cancellationToken);
            var revision = await FindAsync(platform, current.Metadata.Name, parsed.GetValue(to), cancellationToken);
            var saved = await platform.Client.MergePatchAsync<App>(
                ObjectKey.Of(current),
                new
                {
                    metadata = new { resourceVersion = current.Metadata.ResourceVersion },
                    spec = new { runtime = revision.Runtime, files = revision.Files },
                },
                new WriteOptions { FieldManager = Apps.FieldManager },
                cancellationToken);
            if (parsed.GetValue(wait))
            {
                saved = await new Rollout(platform, saved, new DeployProgress(Console.Error, TimeProvider.System)).WaitAsync(TimeSpan.FromMinutes(10), cancellationToken);
            }

            Printer.Object(parsed, options, saved, $"app {current.Metadata.Name} goes back to the files of revision {revision.Revision}");
            return 0;
        });
        return Examples.Of(
            command,
            """
            aerogrid rollback hello
            aerogrid rollback hello --to 3 --wait
            """);
    }

    private static async Task<Earlier> FindAsync(PlatformConnection platform, string app, long? number, CancellationToken cancellationToken)
    {
        var list = await platform.Client.ListAsync<AppRevision>(
            new ListRequest { Namespace = platform.Tenant, LabelSelector = $"{Labels.Instance}={app}" }, cancellationToken);
        var revisions = list.Items.OrderByDescending(r => r.Revision).ToList();
        var found = number is null ? revisions.Skip(1).FirstOrDefault() : revisions.FirstOrDefault(r => r.Revision == number);
        if (found is { Data: { } data })
        {
            return new Earlier(found.Revision, data.Runtime, data.Files);
        }

        var known = revisions.Count == 0 ? "none yet" : string.Join(", ", revisions.Select(r => r.Revision).Order());
        throw new CommandException(
            number is null ? $"{app} has no earlier revision (revisions: {known})" : $"{app} has no revision {number} (revisions: {known})");
    }

    private sealed record Earlier(long Revision, string Runtime, IList<AppFile> Files);
}
