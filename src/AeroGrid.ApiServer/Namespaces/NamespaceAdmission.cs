using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Admission;
using AeroGrid.ApiServer.Rest;

namespace AeroGrid.ApiServer.Namespaces;

/// <summary>Gives every new namespace what Kubernetes gives it: its finalizer, its phase and the label with its name.</summary>
internal sealed class NamespaceAdmission : IAdmission
{
    /// <summary>The finalizer in spec that the namespace controller removes when the namespace is empty.</summary>
    public const string Finalizer = "kubernetes";

    private const string NameLabel = "kubernetes.io/metadata.name";

    /// <inheritdoc/>
    public void Admit(AdmissionRequest request)
    {
        if (request.Definition.StorageKey != "namespaces" || request.Object is not { } obj || request.Subresource.Length > 0)
        {
            return;
        }

        var labels = obj.Metadata()["labels"] as JsonObject ?? [];
        labels[NameLabel] = obj.Metadata().Text("name");
        obj.Metadata()["labels"] = labels;
        if (request.Operation == AdmissionOperation.Create)
        {
            obj["spec"] = new JsonObject { ["finalizers"] = new JsonArray(Finalizer) };
            obj["status"] = new JsonObject { ["phase"] = "Active" };
        }
        else if (request.Old?["spec"] is { } spec)
        {
            // Finalizers of namespaces change through /finalize only.
            obj["spec"] = spec.DeepClone();
        }
    }
}
