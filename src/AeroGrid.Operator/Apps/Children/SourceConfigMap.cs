using k8s.Models;

using AeroGrid.Api;

namespace AeroGrid.Operator.Apps.Children;

/// <summary>The ConfigMap with the files of one version. It never changes.</summary>
internal static class SourceConfigMap
{
    public static V1ConfigMap Create(AppRun run) => new()
    {
        Metadata = new()
        {
            Name = Names.Source(run.Name, run.Version),
            NamespaceProperty = run.Tenant,
            Labels = Labels.Of(run.Name),
        },
        Immutable = true,
        Data = SourceFiles.Encode(run.App.Spec.Files),
    };
}
