using System.Text;

using AeroGrid.Api;
using AeroGrid.Api.Apps;
using AeroGrid.ControllerRuntime.Objects;
using AeroGrid.Operator.Reconciling;

namespace AeroGrid.Operator.Apps.Steps;

/// <summary>
/// What the CRD's schema cannot say: rules that need other objects, or bytes. A chain of checks that only read; the first that finds
/// something ends the run.
/// </summary>
internal sealed class ValidateStep : IStep<AppRun>
{
    private static readonly Func<AppRun, StepResult?>[] Checks =
    [
        TenantExists,
        TenantIsReady,
        RuntimeExists,
        EntryPointIsThere,
        FilesFit,
        FilesAreAFolder,
    ];

    public string Condition => ConditionTypes.ImageReady;

    public Task<StepResult> RunAsync(AppRun context, CancellationToken cancellationToken) => Task.FromResult(
        Checks.Select(check => check(context)).FirstOrDefault(result => result is not null) ?? new StepResult.Done(Reasons.Pending));

    private static StepResult.Stalled? TenantExists(AppRun run) => run.TenantObject is null
        ? new(Reasons.TenantNotFound, $"metadata.namespace: there is no tenant {run.Tenant}: make the app in the namespace of a tenant (kubectl get tenants)")
        : null;

    // A route before the policies that guard it would be open to everyone.
    private static StepResult.Waiting? TenantIsReady(AppRun run) => Conditions.IsTrue(run.TenantObject!.Status?.Conditions, ConditionTypes.Ready)
        ? null
        : new(Reasons.TenantNotReady, $"the tenant {run.Tenant} is being set up");

    private static StepResult.Stalled? RuntimeExists(AppRun run) => run.Runtime is null
        ? new(Reasons.RuntimeNotFound, $"spec.runtime: there is no runtime {run.RuntimeName}: name one of kubectl get runtimes")
        : null;

    private static StepResult.Stalled? EntryPointIsThere(AppRun run)
    {
        var entryPoint = run.Runtime!.Spec.EntryPoint;
        return run.App.Spec.Files.Any(file => file.Path == entryPoint)
            ? null
            : new(Reasons.EntryPointMissing, $"spec.files: {entryPoint} is missing: runtime {run.RuntimeName} starts it");
    }

    // The CRD counts characters; a ConfigMap counts bytes, and a character has up to four.
    private static StepResult.Stalled? FilesFit(AppRun run)
    {
        var bytes = run.App.Spec.Files.Sum(file => (long)Encoding.UTF8.GetByteCount(file.Content));
        return bytes <= AppSpec.MaximumBytes
            ? null
            : new(Reasons.FilesTooLarge, $"spec.files: together {bytes / 1024} KiB, and at most {AppSpec.MaximumBytes / 1024} KiB are allowed: leave out what the app does not need");
    }

    private static StepResult.Stalled? FilesAreAFolder(AppRun run)
    {
        var paths = run.App.Spec.Files.Select(file => file.Path).ToHashSet(StringComparer.Ordinal);
        var clash = (
            from path in paths.Order(StringComparer.Ordinal)
            from folder in Folders(path)
            where paths.Contains(folder)
            select $"spec.files: {folder} is a file, and {path} needs a folder of that name: rename one of them").FirstOrDefault();
        return clash is null ? null : new(Reasons.FilesConflict, clash);
    }

    private static IEnumerable<string> Folders(string path)
    {
        for (var slash = path.IndexOf('/'); slash > 0; slash = path.IndexOf('/', slash + 1))
            yield return path[..slash];
    }
}
