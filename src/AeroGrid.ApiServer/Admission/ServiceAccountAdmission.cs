using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Schemas;
using AeroGrid.ApiServer.Storage;

namespace AeroGrid.ApiServer.Admission;

/// <summary>
/// Pods run as the service account <c>default</c> unless they name one, which then must exist. Service accounts have no tokens on one machine, so
/// none are mounted, and <c>default</c> need not exist.
/// </summary>
internal sealed class ServiceAccountAdmission(IObjectReader reader) : IAdmission
{
    private const string Default = "default";

    public void Admit(AdmissionRequest request)
    {
        if (request.Definition.StorageKey != "pods"
            || request.Operation != AdmissionOperation.Create
            || request.Subresource.Length > 0
            || request.Object.ObjectAt("spec") is not { } spec)
        {
            return;
        }

        if (spec.TextAt("serviceAccountName") is not { Length: > 0 } account)
        {
            account = Default;
            spec["serviceAccountName"] = account;
            spec["serviceAccount"] = account;
        }

        var ns = request.Object.TextAt("metadata", "namespace") ?? "";
        if (account != Default && reader.Get("serviceaccounts", ns, account) is null)
        {
            throw ApiException.Forbidden(
                "",
                "pods",
                request.Object.TextAt("metadata", "name") ?? "",
                $"error looking up service account {ns}/{account}: serviceaccount \"{account}\" not found");
        }
    }
}
