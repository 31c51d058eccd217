using System.CommandLine;
using AeroGrid.Api.Apps;
using AeroGrid.Cli.Connection;
using AeroGrid.Cli.Output;
using AeroGrid.ControllerRuntime;
using AeroGrid.ControllerRuntime.Client;

namespace AeroGrid.Cli.Commands;

/// <summary><c>aerogrid stop APP</c> and <c>aerogrid start APP</c>.</summary>
internal static class StateCommands
{
    public static Command CreateStop() => Create("stop", AppState.Stopped, "Stop an app; its files, revisions and address stay.");

    public static Command CreateStart() => Create("start", AppState.Running, "Start a stopped app.");

    private static Command Create(string verb, AppState state, string description)
    {
        var options = new PlatformOptions();
        var app = options.AppArgument();
        var command = options.AddTo(new Command(verb, description) { app });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var platform = PlatformConnection.Open(parsed, options);
            var key = new ObjectKey(platform.Tenant, parsed.GetRequiredValue(app));
            var changed = await platform.Client.MergePatchAsync<App>(
                key, new { spec = new { state } }, new WriteOptions { FieldManager = Apps.FieldManager }, cancellationToken);
            Printer.Object(parsed, options, changed, $"app {key.Name} is {(state == AppState.Stopped ? "stopping" : "starting")}");
            return 0;
        });
        return Examples.Of(command, $"aerogrid {verb} hello");
    }
}
