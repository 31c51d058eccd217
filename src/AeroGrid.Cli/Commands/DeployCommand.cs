using System.CommandLine;
using AeroGrid.Cli.Connection;
using AeroGrid.Cli.Deploy;

namespace AeroGrid.Cli.Commands;

/// <summary><c>aerogrid deploy FOLDER</c>.</summary>
internal static class DeployCommand
{
    public static Command Create()
    {
        var options = new PlatformOptions();
        var folder = new Argument<string>("folder") { HelpName = "FOLDER", Description = "The folder with app.py and, where packages are needed, requirements.txt." };
        var name = new Option<string?>("--name") { HelpName = "NAME", Description = "The app's name. Default: from aerogrid.yaml, or the folder's name." };
        var runtime = new Option<string?>("--runtime")
        {
            HelpName = "RUNTIME",
            Description = "The kind of app. Default: from aerogrid.yaml, or python when the code imports aerogrid, otherwise python-web.",
        };
        var wait = new Option<bool>("--wait") { Description = "Show the progress until the new version serves; fail when it does not." };
        var timeout = new Option<int>("--timeout")
        {
            HelpName = "SECONDS",
            Description = "How long --wait waits.",
            DefaultValueFactory = _ => 600,
        };
        var command = options.AddTo(new Command("deploy", "Create or update an app from a folder.") { folder, name, runtime, wait, timeout });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var platform = PlatformConnection.Open(parsed, options);
            var source = AppFolder.Read(parsed.GetRequiredValue(folder));
            var deployment = new Deployment(
                platform,
                parsed.GetValue(name) ?? source.Settings.Name ?? AppFolder.NameOf(parsed.GetRequiredValue(folder)),
                parsed.GetValue(runtime),
                source,
                parsed.GetValue(options.Output));
            return await deployment.RunAsync(parsed.GetValue(wait), TimeSpan.FromSeconds(parsed.GetValue(timeout)), cancellationToken);
        });
        return Examples.Of(
            command,
            """
            aerogrid deploy samples/hello --wait
            aerogrid deploy . --name orders --tenant sales
            """);
    }
}
