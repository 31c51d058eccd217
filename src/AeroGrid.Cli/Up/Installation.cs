using AeroGrid.Api;

namespace AeroGrid.Cli.Up;

/// <summary>What an empty API server needs to become an AeroGrid: kinds, roles, runtimes. The same manifests as on a cluster.</summary>
internal sealed class Installation(ManifestApplier manifests)
{
    /// <summary>Applies everything; what is there already is left as it is.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // Kinds first: the others are of these kinds. Within a step the order does not matter.
        await StepAsync([.. Manifests.Crds, .. Manifests.IstioCrds], cancellationToken);
        await StepAsync([.. Manifests.System.Where(IsNamespace), .. Manifests.Rbac], cancellationToken);
        await StepAsync([.. Manifests.System.Where(m => !IsNamespace(m)), .. Manifests.Runtimes], cancellationToken);
    }

    private Task StepAsync(IEnumerable<Manifest> step, CancellationToken cancellationToken) =>
        Task.WhenAll(step.Select(manifest => manifests.ApplyAsync(manifest, cancellationToken)));

    private static bool IsNamespace(Manifest manifest) => manifest.Yaml.Contains("\nkind: Namespace\n", StringComparison.Ordinal);
}
