using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Schemas;
using AeroGrid.ApiServer.ServiceAccounts;
using AeroGrid.ApiServer.Storage;

namespace AeroGrid.ApiServer.Admission;

/// <summary>
/// Pods run as the service account <c>default</c> unless they name one, which then must exist. Tokens are made only for who asks for them and are never
/// mounted into pods, whose code is not trusted; hence <c>default</c>, which every namespace gets in a moment, need not be waited for.
/// </summary>
internal sealed class ServiceAccountAdmission(IObjectReader reader) : IAdmission
{
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
            account = ServiceAccountName.Default;
            spec["serviceAccountName"] = account;
            spec["serviceAccount"] = account;
        }

        var ns = request.Object.TextAt("metadata", "namespace") ?? "";
        if (account != ServiceAccountName.Default && reader.Get(ServiceAccountName.StorageKey, ns, account) is null)
        {
            throw ApiException.Forbidden(
                "",
                "pods",
                request.Object.TextAt("metadata", "name") ?? "",
                $"error looking up service account {ns}/{account}: serviceaccount \"{account}\" not found");
        }
    }
}
