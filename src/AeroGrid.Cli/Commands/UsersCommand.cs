using System.CommandLine;
using AeroGrid.Cli.Connection;
using AeroGrid.Cli.Output;
using AeroGrid.Identity.Users;

namespace AeroGrid.Cli.Commands;

/// <summary><c>aerogrid users</c>: the local users of the embedded issuer. They are in the data folder, so the platform need not run.</summary>
internal static class UsersCommand
{
    public static Command Create() => Examples.Of(
        new Command("users", "Local users: who may log in on this machine, and whose apps they may call.")
        {
            CreateList(),
            CreateAdd(),
            CreateTenants(),
            CreatePassword(),
            CreateRemove(),
        },
        """
        aerogrid users add ada --tenants demo,sales
        aerogrid users list
        """);

    private static Command CreateList()
    {
        var data = PlatformOptions.CreateData();
        var command = new Command("list", "List the users.") { data };
        command.SetAction(parsed =>
        {
            TextTable.Write(
                parsed.InvocationConfiguration.Output,
                ["NAME", "DISPLAY NAME", "TENANTS", "GROUPS"],
                Store(parsed, data).List().Select(u => (IReadOnlyList<string>)[u.Name, TerminalText.Line(u.DisplayName), Joined(u.Tenants), Joined(u.Groups)]));
            return 0;
        });
        return Examples.Of(command, "aerogrid users list");
    }

    private static Command CreateAdd()
    {
        var data = PlatformOptions.CreateData();
        var name = NameArgument();
        var tenants = TenantsOption();
        var groups = new Option<string[]>("--groups") { HelpName = "GROUPS", Description = "Groups, separated by commas.", CustomParser = r => Split(r.Tokens) };
        var display = new Option<string?>("--display-name") { HelpName = "TEXT", Description = "What people read instead of the name." };
        var command = new Command("add", "Add a user and print the generated password.") { name, tenants, groups, display, data };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var password = UserStore.GeneratePassword();
            var user = new LocalUser
            {
                Name = parsed.GetRequiredValue(name),
                DisplayName = parsed.GetValue(display) ?? "",
                Tenants = parsed.GetValue(tenants) ?? [],
                Groups = parsed.GetValue(groups) ?? [],
            };
            await Store(parsed, data).AddAsync(user, password, cancellationToken);
            parsed.InvocationConfiguration.Output.WriteLine($"user {user.Name} is added, password {password}");
            return 0;
        });
        return Examples.Of(command, "aerogrid users add ada --tenants demo,sales");
    }

    private static Command CreateTenants()
    {
        var data = PlatformOptions.CreateData();
        var name = NameArgument();
        var tenants = new Argument<string[]>("tenants")
        {
            HelpName = "TENANTS",
            Description = "The tenants whose apps the user may call from now on, separated by commas; none takes all away.",
            Arity = ArgumentArity.ZeroOrMore,
            CustomParser = r => Split(r.Tokens),
        };
        var command = new Command("tenants", "Set the tenants of a user.") { name, tenants, data };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var now = parsed.GetValue(tenants) ?? [];
            await Store(parsed, data).SetTenantsAsync(parsed.GetRequiredValue(name), now, cancellationToken);
            parsed.InvocationConfiguration.Output.WriteLine($"user {parsed.GetRequiredValue(name)} is in {(now.Length == 0 ? "no tenant" : Joined(now))}; new tokens say so");
            return 0;
        });
        return Examples.Of(command, "aerogrid users tenants ada demo,sales");
    }

    private static Command CreatePassword()
    {
        var data = PlatformOptions.CreateData();
        var name = NameArgument();
        var command = new Command("password", "Give a user a new generated password and print it; sessions end.") { name, data };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var password = UserStore.GeneratePassword();
            await Store(parsed, data).SetPasswordAsync(parsed.GetRequiredValue(name), password, cancellationToken);
            parsed.InvocationConfiguration.Output.WriteLine($"user {parsed.GetRequiredValue(name)}, password {password}");
            return 0;
        });
        return Examples.Of(command, "aerogrid users password demo");
    }

    private static Command CreateRemove()
    {
        var data = PlatformOptions.CreateData();
        var name = NameArgument();
        var command = new Command("remove", "Remove a user; sessions end.") { name, data };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await Store(parsed, data).RemoveAsync(parsed.GetRequiredValue(name), cancellationToken);
            parsed.InvocationConfiguration.Output.WriteLine($"user {parsed.GetRequiredValue(name)} is removed");
            return 0;
        });
        return Examples.Of(command, "aerogrid users remove ada");
    }

    private static Argument<string> NameArgument() => new("name") { HelpName = "NAME", Description = "The user's name." };

    private static Option<string[]> TenantsOption() => new("--tenants")
    {
        HelpName = "TENANTS",
        Description = "The tenants whose apps the user may call, separated by commas.",
        CustomParser = r => Split(r.Tokens),
    };

    private static UserStore Store(ParseResult parsed, Option<string> data) => new(Path.GetFullPath(parsed.GetRequiredValue(data)));

    private static string[] Split(IEnumerable<System.CommandLine.Parsing.Token> tokens) =>
        [.. tokens.SelectMany(t => t.Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))];

    private static string Joined(IReadOnlyCollection<string> names) => names.Count == 0 ? "-" : string.Join(",", names);
}
