using System.Text.Json.Nodes;
using AeroGrid.TestKit;

namespace AeroGrid.Images.Tests.Support;

/// <summary>Runs the builder's containers as the operator's Job does, but without a sandbox.</summary>
internal sealed class Builder : IDisposable
{
    private readonly string workspace = Directory.CreateTempSubdirectory("builder-").FullName;

    public Builder()
    {
        foreach (var folder in new[] { "source", "dependencies", "registry" })
            Directory.CreateDirectory(Path.Combine(workspace, folder));
    }

    /// <summary>Where <c>resolve</c> installs.</summary>
    public string Site => Path.Combine(workspace, "dependencies", "site");

    public void WriteRequirements(string text) => File.WriteAllText(Path.Combine(workspace, "source", "requirements.txt"), text);

    public void WriteCredential(string registry, string user, string password) => File.WriteAllText(
        Path.Combine(workspace, "registry", "config.json"),
        new JsonObject { ["auths"] = new JsonObject { [registry] = new JsonObject { ["username"] = user, ["password"] = password } } }.ToJsonString());

    /// <summary>Exit code, and the termination log.</summary>
    public async Task<(int ExitCode, JsonNode? Report)> RunAsync(string mode, Dictionary<string, string> environment)
    {
        var log = Path.Combine(workspace, "termination-log");
        File.WriteAllText(log, "");
        var code = Path.Combine(Tools.RepositoryRoot, "deploy/images/builder/rootfs/opt/aerogrid/builder");
        var result = await Command.RunAsync("/usr/bin/python3", ["-I", "-B", code, mode], new(environment)
        {
            ["AEROGRID_WORKSPACE"] = workspace,
            ["AEROGRID_TERMINATION_LOG"] = log,
        });
        var text = await File.ReadAllTextAsync(log);
        return (result.ExitCode, text.Length == 0 ? null : JsonNode.Parse(text));
    }

    public void Dispose() => Directory.Delete(workspace, recursive: true);
}
