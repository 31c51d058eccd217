using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Admission;
using AeroGrid.ApiServer.Authentication;
using AeroGrid.ApiServer.Errors;

namespace AeroGrid.ApiServer.Authorization;

/// <summary>
/// Nobody gives away more than they have: writing a role needs all of its permissions (or the verb escalate), binding one needs all of
/// its permissions (or the verb bind)
/// (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping).
/// </summary>
internal sealed class EscalationCheck(RbacAuthorizer authorizer) : IAdmission
{
    private static readonly PolicyRule[] Everything =
        [new PolicyRule(["*"], ["*"], ["*"], [], []), new PolicyRule(["*"], [], [], [], ["*"])];

    public void Admit(AdmissionRequest request)
    {
        if (request.Object is not { } obj
            || request.Definition.Group != RbacIndex.Group
            || request.Operation == AdmissionOperation.Delete
            || request.User.Groups.Contains(UserInfo.MastersGroup))
        {
            return;
        }

        switch (request.Definition.Plural)
        {
            case "roles" or "clusterroles":
                CheckRole(request, obj);
                break;
            case "rolebindings" or "clusterrolebindings":
                CheckBinding(request, obj);
                break;
        }
    }

    private void CheckRole(AdmissionRequest request, JsonObject obj)
    {
        if (request.Old is { } old && Same(old, obj, "rules") && Same(old, obj, "aggregationRule"))
        {
            return;
        }

        var role = ClusterRole.Parse(obj);
        var may = authorizer.Authorize(
            request.User, new RequestAttributes("escalate", RbacIndex.Group, request.Definition.Plural, Namespace: NullIfEmpty(role.Namespace), Name: role.Name));
        if (!may.Allowed)
        {
            Demand(request, role.Name, role.Namespace, role.Aggregates is null ? role.Rules : Everything);
        }
    }

    private void CheckBinding(AdmissionRequest request, JsonObject obj)
    {
        if (request.Old is { } old && Same(old, obj, "roleRef") && Same(old, obj, "subjects"))
        {
            return;
        }

        var binding = RoleBinding.Parse(obj);
        var plural = binding.Role.Namespace.Length == 0 ? "clusterroles" : "roles";
        var may = authorizer.Authorize(
            request.User, new RequestAttributes("bind", RbacIndex.Group, plural, Namespace: NullIfEmpty(binding.Namespace), Name: binding.Role.Name));
        if (may.Allowed)
        {
            return;
        }

        var rules = authorizer.RulesOf(binding.Role) ?? throw ApiException.NotFound(RbacIndex.Group, plural, binding.Role.Name);
        Demand(request, binding.Name, binding.Namespace, rules);
    }

    private void Demand(AdmissionRequest request, string name, string namespaceName, IReadOnlyList<PolicyRule> wanted)
    {
        var own = authorizer.RulesOf(request.User, namespaceName).ToList();
        var missing = wanted.SelectMany(r => r.Split()).Where(r => !own.Any(o => o.Covers(r))).Select(Describe).Distinct().ToList();
        if (missing.Count > 0)
        {
            throw ApiException.Forbidden(
                request.Definition.Group,
                request.Definition.Plural,
                name,
                $"user \"{request.User.Name}\" (groups={string.Join(',', request.User.Groups)}) is attempting to grant RBAC permissions not currently held:\n{string.Join('\n', missing)}");
        }
    }

    private static string Describe(PolicyRule rule) => rule.ToJson().ToJsonString();

    private static bool Same(JsonObject a, JsonObject b, string field) => JsonNode.DeepEquals(a[field], b[field]);

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
