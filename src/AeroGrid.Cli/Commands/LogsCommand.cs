using System.CommandLine;
using AeroGrid.Cli.Connection;
using AeroGrid.Cli.Logs;

namespace AeroGrid.Cli.Commands;

/// <summary><c>aerogrid logs APP [-f]</c>.</summary>
internal static class LogsCommand
{
    public static Command Create()
    {
        var options = new PlatformOptions();
        var app = options.AppArgument();
        var follow = new Option<bool>("--follow", "-f") { Description = "Keep printing what the app prints, across new versions, until Ctrl-C." };
        var tail = new Option<int?>("--tail") { HelpName = "LINES", Description = "Only the last lines of each pod." };
        var previous = new Option<bool>("--previous", "-p") { Description = "What the last ended process printed, for example before a crash." };
        var timestamps = new Option<bool>("--timestamps") { Description = "Begin each line with its time (UTC)." };
        var command = options.AddTo(new Command("logs", "Print what an app printed.") { app, follow, tail, previous, timestamps });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var platform = PlatformConnection.Open(parsed, options);
            var name = parsed.GetRequiredValue(app);
            await Apps.GetAsync(platform, name, cancellationToken);
            var logs = new AppLogs(
                platform,
                name,
                new LogQuery(parsed.GetValue(tail), parsed.GetValue(previous), parsed.GetValue(timestamps)),
                parsed.InvocationConfiguration.Output);
            await (parsed.GetValue(follow) ? logs.FollowAsync(cancellationToken) : logs.PrintAsync(cancellationToken));
            return 0;
        });
        return Examples.Of(
            command,
            """
            aerogrid logs hello
            aerogrid logs hello -f --tail 20
            """);
    }
}
