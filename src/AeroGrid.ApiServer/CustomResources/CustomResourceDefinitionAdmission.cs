using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Admission;
using AeroGrid.ApiServer.Resources;
using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.CustomResources;

/// <summary>Completes CustomResourceDefinitions on their way into the store: status and cleanup finalizer. Thread-safe.</summary>
internal sealed class CustomResourceDefinitionAdmission(IResourceCatalog catalog, TimeProvider time) : IAdmission
{
    /// <inheritdoc/>
    public void Admit(AdmissionRequest request)
    {
        if (request.Definition.StorageKey != CustomResourceDefinitionStatus.StorageKey || request.Subresource.Length > 0 || request.Object is not { } crd
            || crd["spec"] is not JsonObject || crd.ArrayAt("spec", "versions") is null)
        {
            return;
        }

        if (crd.TextAt("metadata", "deletionTimestamp") is null)
        {
            AddFinalizer(crd);
        }

        CustomResourceDefinitionStatus.Write(crd, catalog.Current, time.GetUtcNow());
    }

    private static void AddFinalizer(JsonObject crd)
    {
        var metadata = crd.Ensure("metadata");
        if (metadata["finalizers"] is not JsonArray finalizers)
        {
            finalizers = [];
            metadata["finalizers"] = finalizers;
        }

        if (!finalizers.Any(f => f.AsText() == CustomResourceDefinitionStatus.CleanupFinalizer))
        {
            finalizers.Add(CustomResourceDefinitionStatus.CleanupFinalizer);
        }
    }
}
