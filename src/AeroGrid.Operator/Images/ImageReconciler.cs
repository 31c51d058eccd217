using AeroGrid.Api.Images;
using AeroGrid.Api.Runtimes;
using AeroGrid.Api.Tenants;
using AeroGrid.ControllerRuntime;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.ControllerRuntime.Controllers;
using AeroGrid.ControllerRuntime.Informers;
using AeroGrid.ControllerRuntime.Objects;
using AeroGrid.Oci.Distribution;
using AeroGrid.Oci.References;
using AeroGrid.Operator.Images.Building;
using AeroGrid.Operator.Images.Steps;
using AeroGrid.Operator.Reconciling;

using k8s.Models;

using ApiImage = AeroGrid.Api.Images.Image;

namespace AeroGrid.Operator.Images;

/// <summary>
/// Makes the image of a version of an app: plan (hashes), dependencies (a build, if the registry lacks them), code (one layer). Watches
/// Images, Runtimes, and the Jobs and pods of builds; writes Image.status, Jobs and the registry.
/// </summary>
internal sealed class ImageReconciler : IReconciler<ApiImage>
{
    private readonly ResourceClient client;
    private readonly OperatorOptions options;
    private readonly Informer<ApiImage> images;
    private readonly Informer<Runtime> runtimes;
    private readonly Informer<Tenant> tenants;
    private readonly RuntimeImages runtimeImages;
    private readonly ImageRemoval removal;
    private readonly Pipeline<ImageRun> pipeline;

    public ImageReconciler(ControllerManager manager, RegistryClient registry, OperatorOptions options)
    {
        client = manager.Client;
        this.options = options;
        images = manager.Informer<ApiImage>().AddIndex(ImageRemoval.DependenciesIndex, ImageRemoval.KeysOf)
            .AddIndex(WaitingIndex, image => image.Status?.DependenciesHash is { } hash ? [DependencyBuilds.KeyOf(image.Metadata.NamespaceProperty, hash)] : []);
        runtimes = manager.Informer<Runtime>();
        tenants = manager.Informer<Tenant>();
        runtimeImages = new(registry, options.RuntimeImages);
        removal = new(client, registry, options.Registry, images);
        var builds = new DependencyBuilds(
            client,
            manager.Informer<V1Job>(Selections.Builds).AddIndex(DependencyBuilds.Index, job => Keys(job.Metadata)),
            manager.Informer<V1Pod>(Selections.Managed).AddIndex(DependencyBuilds.Index, pod => Keys(pod.Metadata)),
            options);
        pipeline = new(
            [
                new PlanStep(client, runtimes, options.Builder?.PackageIndexUrl, options.TimeProvider),
                new DependenciesStep(registry, options.Registry, builds),
                new CodeStep(registry, options.Registry, new BaseImages(registry)),
            ],
            options.TimeProvider);
    }

    private const string WaitingIndex = "build";

    /// <summary>What is watched, and how many Images are worked on at once: most of the time is waiting for the registry.</summary>
    public void Configure(ControllerBuilder<ApiImage> builder) => builder
        .IgnoreStatusChanges()
        .Watches<V1Job>(job => OfBuild(job.Metadata), Selections.Builds)
        .Watches<V1Pod>(pod => OfBuild(pod.Metadata), Selections.Managed)
        .Watches<Runtime>(runtime => images.List().Where(image => image.Spec.Runtime == runtime.Metadata.Name).Select(ObjectKey.Of))
        .Workers(8);

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (images.Get(key) is not { } image)
            return ReconcileResult.Done;
        if (Finalizers.IsDeleting(image))
        {
            await removal.RemoveAsync(image, cancellationToken);
            return ReconcileResult.Done;
        }

        var run = new ImageRun
        {
            Image = image,
            TenantObject = tenants.Get(null, image.Metadata.NamespaceProperty),
            RuntimeImage = runtimes.Get(null, image.Spec.Runtime) is { } runtime
                ? await runtimeImages.OfAsync(runtime, cancellationToken)
                : null,
        };
        if (IsMade(image, run.RuntimeImage))
            return ReconcileResult.Done;

        var conditions = StatusWriter.Copy(image.Status?.Conditions);
        var outcome = await pipeline.RunAsync(run, conditions, image.Metadata.Generation, cancellationToken);
        var status = ImageStatuses.Sum(run, outcome, conditions);
        if (!StatusWriter.Same(image.Status, status))
            await StatusWriter.ApplyAsync(client, image, new ApiImage { Spec = null!, Status = status }, cancellationToken);
        return outcome.ToResult();
    }

    /// <summary>An Image never changes, so once it is made on the runtime's present image there is nothing to look at.</summary>
    private static bool IsMade(ApiImage image, ImageReference? runtimeImage) =>
        image.Status is { Phase: ImagePhase.Ready, Image: not null } status && status.RuntimeImage == runtimeImage?.ToString();

    private static string[] Keys(V1ObjectMeta metadata) => DependencyBuilds.KeyOf(metadata) is { } key ? [key] : [];

    private IEnumerable<ObjectKey> OfBuild(V1ObjectMeta metadata) => DependencyBuilds.KeyOf(metadata) is { } key
        ? images.ByIndex(WaitingIndex, key).Where(image => image.Status?.Phase != ImagePhase.Ready).Select(ObjectKey.Of)
        : [];
}
