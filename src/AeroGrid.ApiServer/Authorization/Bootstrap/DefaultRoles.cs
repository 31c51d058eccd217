using System.Text.Json.Nodes;

namespace AeroGrid.ApiServer.Authorization.Bootstrap;

/// <summary>
/// The roles and bindings that every cluster has (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings), for
/// the kinds that are served here. Other parts and CustomResourceDefinitions join admin, edit and view with the label
/// <c>rbac.authorization.k8s.io/aggregate-to-…: "true"</c>.
/// </summary>
internal static class DefaultRoles
{
    /// <summary>With the value <c>false</c> the server leaves an object as people changed it.</summary>
    public const string AutoUpdate = "rbac.authorization.kubernetes.io/autoupdate";

    private const string AggregateTo = "rbac.authorization.k8s.io/aggregate-to-";
    private const string Read = "get list watch";
    private const string Write = "create delete deletecollection patch update";

    /// <summary>ClusterRoles.</summary>
    public static IReadOnlyList<JsonObject> ClusterRoles { get; } =
    [
        Role("cluster-admin", Rule("*", "*", "*"), Url("*", "*")),
        Role("system:discovery", Url("get", "/api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/")),
        Role("system:public-info-viewer", Url("get", "/healthz /livez /readyz /version /version/")),
        Role("system:service-account-issuer-discovery", Url("get", "/.well-known/openid-configuration /openid/v1/jwks")),
        Role(
            "system:basic-user",
            Rule("create", "authorization.k8s.io", "selfsubjectaccessreviews selfsubjectrulesreviews"),
            Rule("create", "authentication.k8s.io", "selfsubjectreviews")),
        Aggregated("admin", null),
        Aggregated("edit", "admin"),
        Aggregated("view", "edit"),
        Part(
            "admin",
            Rule("create", "authorization.k8s.io", "localsubjectaccessreviews"),
            Rule($"{Read} {Write}", "rbac.authorization.k8s.io", "roles rolebindings")),
        Part(
            "edit",
            Rule(Read, "", "pods/log secrets"),
            Rule(Write, "", "configmaps events pods secrets serviceaccounts services"),
            Rule("create", "", "serviceaccounts/token"),
            Rule("impersonate", "", "serviceaccounts"),
            Rule($"{Read} {Write}", "coordination.k8s.io", "leases"),
            Rule(Write, "apps", "deployments deployments/scale replicasets replicasets/scale"),
            Rule(Write, "batch", "jobs"),
            Rule(Write, "networking.k8s.io", "networkpolicies")),
        Part(
            "view",
            Rule(Read, "", "configmaps events limitranges namespaces pods pods/log pods/status resourcequotas resourcequotas/status serviceaccounts services services/status"),
            Rule(Read, "events.k8s.io", "events"),
            Rule(Read, "apps", "controllerrevisions deployments deployments/scale deployments/status replicasets replicasets/scale replicasets/status"),
            Rule(Read, "batch", "jobs jobs/status"),
            Rule(Read, "discovery.k8s.io", "endpointslices"),
            Rule(Read, "networking.k8s.io", "networkpolicies")),
    ];

    /// <summary>ClusterRoleBindings.</summary>
    public static IReadOnlyList<JsonObject> ClusterRoleBindings { get; } =
    [
        Binding("cluster-admin", "system:masters"),
        Binding("system:discovery", "system:authenticated"),
        Binding("system:basic-user", "system:authenticated"),
        Binding("system:service-account-issuer-discovery", "system:serviceaccounts"),
        Binding("system:public-info-viewer", "system:authenticated", "system:unauthenticated"),
    ];

    private static JsonObject Role(string name, params PolicyRule[] rules) => new()
    {
        ["apiVersion"] = "rbac.authorization.k8s.io/v1",
        ["kind"] = "ClusterRole",
        ["metadata"] = Metadata(name),
        ["rules"] = new JsonArray([.. rules.Select(r => r.ToJson())]),
    };

    private static JsonObject Aggregated(string name, string? partOf)
    {
        var role = Role(name);
        role["aggregationRule"] = new JsonObject
        {
            ["clusterRoleSelectors"] = new JsonArray(new JsonObject { ["matchLabels"] = new JsonObject { [AggregateTo + name] = "true" } }),
        };
        return partOf is null ? role : Labelled(role, partOf);
    }

    private static JsonObject Part(string of, params PolicyRule[] rules) => Labelled(Role($"system:aggregate-to-{of}", rules), of);

    private static JsonObject Labelled(JsonObject role, string partOf)
    {
        role["metadata"]!["labels"]![AggregateTo + partOf] = "true";
        return role;
    }

    private static JsonObject Binding(string role, params string[] groups) => new()
    {
        ["apiVersion"] = "rbac.authorization.k8s.io/v1",
        ["kind"] = "ClusterRoleBinding",
        ["metadata"] = Metadata(role),
        ["roleRef"] = new JsonObject { ["apiGroup"] = RbacIndex.Group, ["kind"] = "ClusterRole", ["name"] = role },
        ["subjects"] = new JsonArray([.. groups.Select(g => new JsonObject { ["apiGroup"] = RbacIndex.Group, ["kind"] = "Group", ["name"] = g })]),
    };

    private static JsonObject Metadata(string name) => new()
    {
        ["name"] = name,
        ["labels"] = new JsonObject { ["kubernetes.io/bootstrapping"] = "rbac-defaults" },
        ["annotations"] = new JsonObject { [AutoUpdate] = "true" },
    };

    private static PolicyRule Rule(string verbs, string apiGroup, string resources) => new(verbs.Split(' '), [apiGroup], resources.Split(' '), [], []);

    private static PolicyRule Url(string verbs, string urls) => new(verbs.Split(' '), [], [], [], urls.Split(' '));
}
