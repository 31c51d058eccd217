using System.CommandLine;
using AeroGrid.Api.Apps;
using AeroGrid.Cli.Connection;
using AeroGrid.ControllerRuntime;
using AeroGrid.ControllerRuntime.Client;

namespace AeroGrid.Cli.Commands;

/// <summary><c>aerogrid delete APP</c>.</summary>
internal static class DeleteCommand
{
    public static Command Create()
    {
        var options = new PlatformOptions();
        var app = options.AppArgument();
        var command = options.AddTo(new Command("delete", "Delete an app with its revisions. It cannot be undone.") { app });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var platform = PlatformConnection.Open(parsed, options);
            var key = new ObjectKey(platform.Tenant, parsed.GetRequiredValue(app));
            if (!await platform.Client.DeleteAsync<App>(key, new DeleteOptions { Propagation = PropagationPolicy.Background }, cancellationToken))
            {
                throw Apps.NotFound(key);
            }

            parsed.InvocationConfiguration.Output.WriteLine($"app {key.Name} is deleted");
            return 0;
        });
        return Examples.Of(command, "aerogrid delete hello");
    }
}
