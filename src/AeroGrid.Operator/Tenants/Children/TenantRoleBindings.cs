using AeroGrid.Api;
using AeroGrid.Api.Tenants;

using k8s.Models;

namespace AeroGrid.Operator.Tenants.Children;

/// <summary>What a tenant's members may do with its objects: one binding for each role, whose ClusterRoles are in <c>deploy/rbac</c>.</summary>
internal static class TenantRoleBindings
{
    private const string Group = "rbac.authorization.k8s.io";

    /// <summary>The bindings of all roles; one without members binds nobody.</summary>
    public static IEnumerable<V1RoleBinding> Create(TenantRun run) =>
        from role in Enum.GetValues<TenantRole>()
        let name = Names.TenantRole(NameOf(role))
        select new V1RoleBinding
        {
            Metadata = run.Metadata(name),
            RoleRef = new() { ApiGroup = Group, Kind = "ClusterRole", Name = name },
            Subjects =
            [
                .. (run.Tenant.Spec.Members ?? []).Where(member => member.Role == role).Select(member => new Rbacv1Subject
                {
                    ApiGroup = Group,
                    Kind = member.User is null ? "Group" : "User",
                    Name = member.User ?? member.Group,
                }),
            ],
        };

    private static string NameOf(TenantRole role) => role switch
    {
        TenantRole.Admin => "admin",
        TenantRole.Editor => "editor",
        _ => "viewer",
    };
}
