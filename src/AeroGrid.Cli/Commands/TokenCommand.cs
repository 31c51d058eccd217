using System.CommandLine;
using AeroGrid.Cli.Connection;
using AeroGrid.Cli.Output;
using AeroGrid.Cli.Tokens;
using AeroGrid.Identity;
using AeroGrid.Identity.Clients;

namespace AeroGrid.Cli.Commands;

/// <summary><c>aerogrid token [--user U]</c>.</summary>
internal static class TokenCommand
{
    public static Command Create()
    {
        var options = new PlatformOptions();
        var user = new Option<string>("--user")
        {
            HelpName = "USER",
            Description = "The user whom the token names.",
            DefaultValueFactory = _ => "demo",
        };
        var audience = new Option<string>("--for")
        {
            HelpName = "apps|api",
            Description = "What the token opens: apps, or the platform's API and console.",
            DefaultValueFactory = _ => "apps",
        };
        audience.AcceptOnlyFromAmong("apps", "api");
        var command = options.AddTo(new Command("token", "Print a token (JWT) for calling apps.") { user, audience });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var platform = PlatformConnection.Open(parsed, options);
            var exchange = new TokenExchange(platform.Platform?.Issuer ?? new Uri(platform.Address, "identity"), LocalClient.ReadSecret(platform.DataFolder));
            var token = await exchange.ForUserAsync(
                parsed.GetRequiredValue(user),
                parsed.GetRequiredValue(audience) == "apps" ? Audiences.Apps : Audiences.Api,
                cancellationToken);
            if (parsed.GetValue(options.Output) is { } format)
            {
                Printer.Write(parsed.InvocationConfiguration.Output, format, token.ToJson());
            }
            else
            {
                parsed.InvocationConfiguration.Output.WriteLine(token.AccessToken);
            }

            return 0;
        });
        return Examples.Of(
            command,
            """
            curl -H "Authorization: Bearer $(aerogrid token)" http://localhost:8080/apps/demo/hello/
            aerogrid token --user ada
            """);
    }
}
