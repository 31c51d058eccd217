using System.CommandLine;
using System.CommandLine.Completions;

namespace AeroGrid.Cli.Connection;

/// <summary>The options with which every user command finds its platform and tenant.</summary>
internal sealed class PlatformOptions
{
    /// <summary>Environment variable in place of <c>--data</c>.</summary>
    public const string DataVariable = "AEROGRID_DATA";

    /// <summary>Environment variable in place of <c>--tenant</c>.</summary>
    public const string TenantVariable = "AEROGRID_TENANT";

    /// <summary>Environment variable with the bearer token for <c>--server</c>.</summary>
    public const string TokenVariable = "AEROGRID_TOKEN";

    /// <summary><c>--data DIR</c>.</summary>
    public Option<string> Data { get; } = CreateData();

    /// <summary><c>--server URL</c>.</summary>
    public Option<string?> Server { get; } = new("--server")
    {
        HelpName = "URL",
        Description = $"The platform's API instead of the one that runs on the data folder; the token comes from ${TokenVariable} or the data folder's kubeconfig.",
    };

    /// <summary><c>--tenant NAME</c>.</summary>
    public Option<string> Tenant { get; } = new("--tenant")
    {
        HelpName = "NAME",
        Description = $"The tenant. Default: ${TenantVariable} or demo.",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable(TenantVariable) is { Length: > 0 } name ? name : "demo",
    };

    /// <summary><c>-o json|yaml</c>.</summary>
    public Option<string?> Output { get; } = CreateOutput();

    /// <summary>Creates <c>--data</c>.</summary>
    public static Option<string> CreateData() => new("--data")
    {
        HelpName = "DIR",
        Description = $"The platform's data folder. Default: ${DataVariable} or ~/.aerogrid.",
        DefaultValueFactory = _ => DefaultData(),
    };

    /// <summary>Adds the options to a command.</summary>
    public T AddTo<T>(T command)
        where T : Command => AddTo(command, Output);

    /// <summary>Adds the options to a command that prints in formats of its own.</summary>
    public T AddTo<T>(T command, Option<string?> output)
        where T : Command
    {
        command.Add(Tenant);
        command.Add(output);
        command.Add(Data);
        command.Add(Server);
        Tenant.CompletionSources.Add(CompleteTenants);
        return command;
    }

    /// <summary>An argument that names an app of the tenant, with completion.</summary>
    public Argument<string> AppArgument()
    {
        var app = new Argument<string>("app") { HelpName = "APP", Description = "The app's name." };
        app.CompletionSources.Add(CompleteApps);
        return app;
    }

    private static Option<string?> CreateOutput()
    {
        var output = new Option<string?>("--output", "-o") { HelpName = "json|yaml", Description = "Print the objects themselves, for programs." };
        output.AcceptOnlyFromAmong("json", "yaml");
        return output;
    }

    private static string DefaultData() =>
        Environment.GetEnvironmentVariable(DataVariable) is { Length: > 0 } folder
            ? folder
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".aerogrid");

    private IEnumerable<CompletionItem> CompleteApps(CompletionContext context) =>
        NameCompletion.Names(context, this, static (platform, tenant, token) => NameCompletion.AppsAsync(platform, tenant, token));

    private IEnumerable<CompletionItem> CompleteTenants(CompletionContext context) =>
        NameCompletion.Names(context, this, static (platform, _, token) => NameCompletion.TenantsAsync(platform, token));
}
