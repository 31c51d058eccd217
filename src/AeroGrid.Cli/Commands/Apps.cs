using AeroGrid.Api.Apps;
using AeroGrid.Cli.Connection;
using AeroGrid.ControllerRuntime;

namespace AeroGrid.Cli.Commands;

/// <summary>What the commands about apps share.</summary>
internal static class Apps
{
    /// <summary>The name under which the command line writes fields.</summary>
    public const string FieldManager = "aerogrid-cli";

    /// <summary>The app.</summary>
    /// <exception cref="CommandException">There is none of that name.</exception>
    public static async Task<App> GetAsync(PlatformConnection platform, string name, CancellationToken cancellationToken)
    {
        var key = new ObjectKey(platform.Tenant, name);
        return await platform.Client.GetAsync<App>(key, cancellationToken) ?? throw NotFound(key);
    }

    /// <summary>The failure that names what would help.</summary>
    public static CommandException NotFound(ObjectKey key) =>
        new($"there is no app {key.Name} in tenant {key.Namespace}; see `aerogrid apps --tenant {key.Namespace}`");
}
