using System.CommandLine;
using AeroGrid.Cli.Commands;
using AeroGrid.Cli.Connection;

namespace AeroGrid.Cli.Up;

/// <summary><c>aerogrid up</c>.</summary>
internal static class UpCommand
{
    public static Command Create()
    {
        var data = PlatformOptions.CreateData();
        var port = new Option<int>("--port")
        {
            HelpName = "PORT",
            Description = "Where the console, the Kubernetes API, the image registry and the identity provider listen.",
            DefaultValueFactory = _ => 8000,
        };
        var appsPort = new Option<int>("--apps-port")
        {
            HelpName = "PORT",
            Description = "Where apps are served.",
            DefaultValueFactory = _ => 8080,
        };
        var command = new Command("up", "Run the whole platform on this machine, in the foreground, until Ctrl-C.") { data, port, appsPort };
        command.Validators.Add(result =>
        {
            foreach (var option in new[] { port, appsPort })
            {
                if (result.GetValue(option) is < 0 or > 65535)
                {
                    result.AddError($"{option.Name}: a port is a number from 1 to 65535");
                }
            }
        });
        command.SetAction(async (parsed, _) =>
        {
            using var stop = new StopSignals();
            var platform = new Platform(
                new UpOptions(parsed.GetRequiredValue(data), parsed.GetValue(port), parsed.GetValue(appsPort)),
                parsed.InvocationConfiguration.Output,
                parsed.InvocationConfiguration.Error);
            await platform.RunAsync(stop.Token);
            return 0;
        });
        return Examples.Of(
            command,
            """
            aerogrid up
            aerogrid up --data /srv/aerogrid --port 9000 --apps-port 9080
            """);
    }
}

/// <summary>What <c>aerogrid up</c> was asked for.</summary>
/// <param name="DataFolder">Where everything is kept.</param>
/// <param name="Port">Port of console and API; 0 takes a free one.</param>
/// <param name="AppsPort">Port of the apps; 0 takes a free one.</param>
internal sealed record UpOptions(string DataFolder, int Port, int AppsPort);
