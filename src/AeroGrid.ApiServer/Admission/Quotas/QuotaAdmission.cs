using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Schemas;

namespace AeroGrid.ApiServer.Admission.Quotas;

/// <summary>Refuses new objects that would exceed a quota, also when many are created at the same moment.</summary>
internal sealed class QuotaAdmission(QuotaLedger ledger) : IAdmission
{
    public void Admit(AdmissionRequest request)
    {
        if (request.Operation != AdmissionOperation.Create
            || request.Subresource.Length > 0
            || !request.Definition.Namespaced
            || request.Object is not { } obj
            || ledger.In(obj.TextAt("metadata", "namespace") ?? "") is not { IsEmpty: false } quotas)
        {
            return;
        }

        var storageKey = request.Definition.StorageKey;
        var usage = Usage.Of(storageKey, obj);
        var concerned = quotas
            .Where(usage.IsIn)
            .Select(q => (Quota: q, Keys: (IReadOnlyList<string>)[.. q.Hard.Keys.Where(k => Quota.StorageKeyOf(k) == storageKey)]))
            .Where(q => q.Keys.Count > 0)
            .ToList();
        if (concerned.Count == 0)
        {
            return;
        }

        if (storageKey == "pods")
        {
            DemandResources(request, obj, concerned);
        }

        var tracker = ledger.Of(storageKey);
        if (tracker.TryReserve(concerned, usage) is { } exceeded)
        {
            throw Refused(request, usage.Name, exceeded);
        }

        if (request.DryRun)
        {
            tracker.Release(usage);
        }
        else
        {
            request.OnCompleted(() => tracker.Release(usage));
        }
    }

    // A quota of memory means nothing for a container that does not say how much it may use.
    private static void DemandResources(AdmissionRequest request, JsonObject pod, IEnumerable<(Quota Quota, IReadOnlyList<string> Keys)> quotas)
    {
        foreach (var (quota, keys) in quotas)
        {
            var missing = (
                from key in keys
                let name = key is "cpu" or "memory" ? $"requests.{key}" : key
                where name.StartsWith("requests.", StringComparison.Ordinal) || name.StartsWith("limits.", StringComparison.Ordinal)
                let parts = name.Split('.', 2)
                let containers = PodResources.Containers(pod).Where(c => PodResources.Of(c, parts[0], parts[1]) is null).Select(c => c.TextAt("name")).ToList()
                where containers.Count > 0
                select $"{key} for: {string.Join(',', containers)}").ToList();
            if (missing.Count > 0)
            {
                throw Refused(request, pod.TextAt("metadata", "name") ?? "", $"failed quota: {quota.Name}: must specify {string.Join("; ", missing)}");
            }
        }
    }

    private static ApiException Refused(AdmissionRequest request, string name, string why) =>
        ApiException.Forbidden(request.Definition.Group, request.Definition.Plural, name, why);
}
