using k8s.Models;

using AeroGrid.Api.Apps;
using AeroGrid.Api.Images;
using AeroGrid.Api.Runtimes;
using AeroGrid.Api.Tenants;

namespace AeroGrid.Operator.Apps;

/// <summary>What the steps of one run for an app share. Objects from caches must not be changed.</summary>
internal sealed class AppRun
{
    /// <summary>The app as the cache shows it.</summary>
    public required App App { get; init; }

    /// <summary>Its name.</summary>
    public string Name => App.Metadata.Name;

    /// <summary>Its namespace, which is the tenant.</summary>
    public string Tenant => App.Metadata.NamespaceProperty;

    /// <summary>The name of the runtime, default included.</summary>
    public string RuntimeName => App.Spec.Runtime ?? AppSpec.DefaultRuntime;

    /// <summary>What identifies the files and the runtime.</summary>
    public required string Version { get; init; }

    /// <summary>The runtime; null when there is none of that name.</summary>
    public required Runtime? Runtime { get; init; }

    /// <summary>The tenant's object; null when the namespace is of no tenant.</summary>
    public required Tenant? TenantObject { get; init; }

    /// <summary>The Deployment: from the cache, and after it was applied as the server answered.</summary>
    public V1Deployment? Deployment { get; set; }

    /// <summary>The app's pods that are not on their way out.</summary>
    public required IReadOnlyList<V1Pod> Pods { get; init; }

    /// <summary>The app's revisions.</summary>
    public required IReadOnlyList<RevisionSummary> Revisions { get; init; }

    /// <summary>The Image of this version, once it was applied.</summary>
    public Image? Image { get; set; }

    /// <summary>The number of this version, once it has one.</summary>
    public long? Revision { get; set; }

    /// <summary>Whether nothing should run.</summary>
    public bool IsStopped => App.Spec.State == AppState.Stopped;
}
