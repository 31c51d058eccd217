using System.Text.Json.Serialization;

namespace AeroGrid.Client.Resources;

public sealed partial class App
{
    /// <summary>The app's name.</summary>
    [JsonIgnore]
    public string Name => Metadata?.Name ?? "";

    /// <summary>The tenant that the app belongs to.</summary>
    [JsonIgnore]
    public string Tenant => Metadata?.Namespace ?? "";

    /// <summary>Where the app and its grids are; null before it was deployed for the first time.</summary>
    [JsonIgnore]
    public Uri? Url => Uri.TryCreate(Status?.Url, UriKind.Absolute, out var url) ? url : null;

    /// <summary>How far the app is.</summary>
    [JsonIgnore]
    public AppPhase Phase => Status?.Phase ?? AppPhase.Pending;

    /// <summary>Which saved version serves now; null for none.</summary>
    [JsonIgnore]
    public long? Revision => Status?.Revision;

    /// <summary>Whether a version of the app answers now: the newest, or an older one while the newest is made or has failed.</summary>
    [JsonIgnore]
    public bool IsServing => Status?.ReadyReplicas > 0;

    /// <summary>Why the app is as it is, for a person; empty when there is nothing to say.</summary>
    [JsonIgnore]
    public string Message => Status?.Conditions?.FirstOrDefault(c => c.Type == "Ready")?.Message ?? "";
}
