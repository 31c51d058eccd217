using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

using AeroGrid.Api.Schema;

namespace AeroGrid.Api.Apps;

/// <summary>What a person wants to run.</summary>
public sealed record AppSpec
{
    /// <summary>The largest size of all files together, in bytes of UTF-8: a ConfigMap, which carries them, holds 1 MiB.</summary>
    public const int MaximumBytes = 900 * 1024;

    /// <summary>The runtime of an app that names none.</summary>
    public const string DefaultRuntime = "python";

    /// <summary>
    /// The kind of app: the name of a Runtime (kubectl get runtimes), which says how the app is started and which file it is started
    /// with.
    /// </summary>
    [JsonPropertyName("runtime")]
    [DefaultValue(DefaultRuntime)]
    [StringLength(63, MinimumLength = 1)]
    public string? Runtime { get; set; }

    /// <summary>
    /// The app's source, 1 to 64 text files, together at most 900 KiB. The runtime's entry point (for Python app.py) must be among them;
    /// requirements.txt, if there is one, names the packages to install.
    /// </summary>
    [JsonPropertyName("files")]
    [MinLength(1)]
    [MaxLength(64)]
    [CelRule("self.all(f, self.exists_one(g, g.path == f.path))", "two files have the same path: leave one of them out")]
    [CelRule("self.map(f, size(f.content)).sum() <= 921600", "the files together are larger than 900 KiB: leave out what the app does not need")]
    public required IList<AppFile> Files { get; set; }

    /// <summary>Running, or Stopped: no process runs, and everything else stays.</summary>
    [JsonPropertyName("state")]
    [DefaultValue(AppState.Running)]
    public AppState? State { get; set; }

    /// <summary>How many processes serve the app side by side.</summary>
    [JsonPropertyName("replicas")]
    [DefaultValue(1)]
    [Range(1, 50)]
    public int? Replicas { get; set; }

    /// <summary>Environment variables of the app. PORT, PORT_*, PYTHONPATH and AEROGRID_* are set by the platform.</summary>
    [JsonPropertyName("env")]
    [ListKey("name")]
    [MaxLength(100)]
    public IList<EnvironmentVariable>? Env { get; set; }

    /// <summary>How much of the machine each process of the app may use.</summary>
    [JsonPropertyName("resources")]
    public AppResources? Resources { get; set; }

    /// <summary>Who may call the app: Tenant (people and programs with a token for this tenant) or Public (everyone, without a token).</summary>
    [JsonPropertyName("access")]
    [DefaultValue(AppAccess.Tenant)]
    public AppAccess? Access { get; set; }
}

/// <summary>One file of an app.</summary>
public sealed record AppFile
{
    /// <summary>Where the file is in the app's folder, with '/' between names, for example app.py or lib/prices.py.</summary>
    [JsonPropertyName("path")]
    [StringLength(255, MinimumLength = 1)]
    [CelRule("!self.startsWith('/')", "the path is absolute: write it relative to the app's folder, for example app.py")]
    [CelRule("!self.contains('\\\\')", "the path has a '\\': write '/' between names")]
    [CelRule("!self.matches('[[:cntrl:]]')", "the path has a control character (for example NUL, tab or a line end): leave it out")]
    [CelRule(
        "self != '..' && !self.startsWith('../') && !self.endsWith('/..') && !self.contains('/../')",
        "the path leaves the app's folder with '..': write it relative to the app's folder, for example lib/prices.py")]
    [CelRule(
        "self != '.' && !self.startsWith('./') && !self.endsWith('/.') && !self.contains('/./') && !self.contains('//') && !self.endsWith('/')",
        "the path has an empty name or a '.' between its '/': write it in its shortest form, for example lib/prices.py")]
    public required string Path { get; set; }

    /// <summary>The text of the file.</summary>
    [JsonPropertyName("content")]
    [StringLength(AppSpec.MaximumBytes)]
    public required string Content { get; set; }
}

/// <summary>Whether an app should run.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AppState>))]
public enum AppState
{
    /// <summary>It runs.</summary>
    Running,

    /// <summary>It does not, until it is started again.</summary>
    Stopped,
}

/// <summary>Who may call an app.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AppAccess>))]
public enum AppAccess
{
    /// <summary>Callers with a token whose tenants have this app's.</summary>
    Tenant,

    /// <summary>Everyone.</summary>
    Public,
}
