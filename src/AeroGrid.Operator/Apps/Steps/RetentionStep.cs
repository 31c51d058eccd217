using AeroGrid.Api;
using AeroGrid.Api.Apps;
using AeroGrid.Api.Images;
using AeroGrid.ControllerRuntime;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.ControllerRuntime.Informers;
using AeroGrid.ControllerRuntime.Objects;
using AeroGrid.Operator.Reconciling;

using k8s.Models;

namespace AeroGrid.Operator.Apps.Steps;

/// <summary>
/// Removes what no one can want any more, once the newest version serves: revisions beyond the history, and images of versions that are
/// neither in the history nor running.
/// </summary>
internal sealed class RetentionStep(ResourceClient client, Reconciling.Children children, Informer<Image> images) : IStep<AppRun>
{
    public string Condition => ConditionTypes.Available;

    public async Task<StepResult> RunAsync(AppRun context, CancellationToken cancellationToken)
    {
        var history = context.Revisions.OrderByDescending(revision => revision.Revision).Take(AppRevision.Kept).ToList();
        var wanted = history.Select(RevisionNumbers.VersionOf).Append(context.Version)
            .Concat(context.Pods.Select(VersionOf))
            .ToHashSet(StringComparer.Ordinal);

        await Task.WhenAll(context.Revisions.Except(history)
            .Where(revision => !wanted.Contains(RevisionNumbers.VersionOf(revision)))
            .Select(revision => children.DeleteAsync(revision, context.App, cancellationToken)));
        await Task.WhenAll(images.OwnedBy(context.App)
            .Where(image => !Finalizers.IsDeleting(image) && !wanted.Contains(image.Metadata.Name[(context.Name.Length + 1)..]))
            .Select(image => DeleteAsync(image, context.App, cancellationToken)));
        return new StepResult.Done(Reasons.Deployed);
    }

    /// <summary>The ConfigMap first: it is found by way of the Image only.</summary>
    private async Task DeleteAsync(Image image, App app, CancellationToken cancellationToken)
    {
        var key = new ObjectKey(image.Metadata.NamespaceProperty, image.Spec.Source.ConfigMapRef.Name);
        if (await client.GetAsync<V1ConfigMap>(key, cancellationToken) is { } source)
            await children.DeleteAsync(source, app, cancellationToken);
        await children.DeleteAsync(image, app, cancellationToken);
    }

    private static string VersionOf(V1Pod pod) => pod.Metadata.Labels.TryGetValue(Labels.Version, out var version) ? version : "";
}
