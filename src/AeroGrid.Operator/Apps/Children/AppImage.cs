using AeroGrid.Api;
using AeroGrid.Api.Images;

namespace AeroGrid.Operator.Apps.Children;

/// <summary>The Image of one version. It never changes.</summary>
internal static class AppImage
{
    public static Image Create(AppRun run) => new()
    {
        Metadata = new()
        {
            Name = Names.Image(run.Name, run.Version),
            NamespaceProperty = run.Tenant,
            Labels = Labels.Of(run.Name),
            Finalizers = [Labels.RegistryFinalizer],
        },
        Spec = new()
        {
            Runtime = run.RuntimeName,
            Source = new() { ConfigMapRef = new() { Name = Names.Source(run.Name, run.Version) } },
        },
    };
}
