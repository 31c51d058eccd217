using AeroGrid.Api.Apps;
using AeroGrid.Cli.Commands;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace AeroGrid.Cli.Deploy;

/// <summary>
/// <c>aerogrid.yaml</c> in an app's folder: what cannot be seen from the code. Everything is optional, and options of the command win.
/// <code>
/// name: orders
/// runtime: python-web
/// access: Tenant
/// replicas: 2
/// env: { REGION: eu }
/// </code>
/// </summary>
internal sealed class AppSettings
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "aerogrid.yaml";

    /// <summary>The app's name.</summary>
    public string? Name { get; set; }

    /// <summary>Name of the Runtime.</summary>
    public string? Runtime { get; set; }

    /// <summary>Tenant or Public.</summary>
    public AppAccess? Access { get; set; }

    /// <summary>How many pods.</summary>
    public int? Replicas { get; set; }

    /// <summary>Environment variables.</summary>
    public Dictionary<string, string> Env { get; set; } = [];

    /// <summary>Reads the file of a folder; an empty object when there is none.</summary>
    /// <exception cref="CommandException">It is not YAML, or has a key that does not exist.</exception>
    public static AppSettings Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return new AppSettings();
        }

        try
        {
            return new DeserializerBuilder()
                .WithNamingConvention(CamelCaseNamingConvention.Instance)
                .WithDuplicateKeyChecking()
                .Build()
                .Deserialize<AppSettings?>(File.ReadAllText(path)) ?? new AppSettings();
        }
        catch (YamlException e)
        {
            var why = (e.InnerException ?? e).Message;
            throw new CommandException($"{path}, line {e.Start.Line}: {why} (known keys: name, runtime, access, replicas, env)", e);
        }
    }
}
