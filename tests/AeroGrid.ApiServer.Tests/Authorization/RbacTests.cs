using AeroGrid.ApiServer.Authentication;
using AeroGrid.ApiServer.Authorization;

namespace AeroGrid.ApiServer.Tests.Authorization;

public sealed class RbacTests : IDisposable
{
    private const string Roles = "rbac.authorization.k8s.io/roles";
    private const string ClusterRoles = "rbac.authorization.k8s.io/clusterroles";
    private const string Bindings = "rbac.authorization.k8s.io/rolebindings";
    private const string ClusterBindings = "rbac.authorization.k8s.io/clusterrolebindings";

    private static readonly UserInfo Jane = new("jane", ["developers", UserInfo.AuthenticatedGroup]);

    private readonly MemoryReader _store = new();
    private readonly Lazy<RbacIndex> _index;
    private readonly RbacAuthorizer _authorizer;

    public RbacTests()
    {
        _index = new Lazy<RbacIndex>(() => new RbacIndex(_store));
        _authorizer = new RbacAuthorizer(_index);
    }

    public void Dispose() => _index.Value.Dispose();

    [Fact]
    public void Nothing_is_allowed_without_a_binding() =>
        Decide("get", "", "pods", ns: "demo").ShouldBe(new AuthorizationDecision(false, ""));

    [Fact]
    public void Masters_may_do_everything() =>
        _authorizer.Authorize(new UserInfo("root", [UserInfo.MastersGroup]), new RequestAttributes("delete", "x.io", "ys")).Allowed.ShouldBeTrue();

    [Fact]
    public void A_role_counts_in_its_namespace_only_and_the_reason_names_the_binding()
    {
        Role("reader", """{"verbs":["get","list"],"apiGroups":[""],"resources":["pods"]}""");
        Bind("readers", "Role", "reader", """{"kind":"User","name":"jane"}""");

        Decide("get", "", "pods", ns: "demo").ShouldBe(
            new AuthorizationDecision(true, "RBAC: allowed by RoleBinding \"readers/demo\" of Role \"reader\" to User \"jane\""));
        Decide("get", "", "pods", ns: "other").Allowed.ShouldBeFalse();
        Decide("get", "", "pods").Allowed.ShouldBeFalse();
        Decide("delete", "", "pods", ns: "demo").Allowed.ShouldBeFalse();
        Decide("get", "apps", "pods", ns: "demo").Allowed.ShouldBeFalse();
    }

    [Fact]
    public void A_cluster_role_bound_in_a_namespace_counts_there_only()
    {
        ClusterRole("reader", """{"verbs":["get"],"apiGroups":[""],"resources":["pods","nodes"]}""");
        Bind("readers", "ClusterRole", "reader", """{"kind":"Group","name":"developers"}""");

        Decide("get", "", "pods", ns: "demo").Reason.ShouldBe(
            "RBAC: allowed by RoleBinding \"readers/demo\" of ClusterRole \"reader\" to Group \"developers\"");
        Decide("get", "", "nodes").Allowed.ShouldBeFalse();
    }

    [Fact]
    public void A_cluster_binding_counts_everywhere()
    {
        ClusterRole("reader", """{"verbs":["get"],"apiGroups":["*"],"resources":["*"]}""");
        ClusterBind("readers", "reader", """{"kind":"ServiceAccount","name":"bot","namespace":"ci"}""");
        var bot = new UserInfo("system:serviceaccount:ci:bot", []);

        var decision = _authorizer.Authorize(bot, new RequestAttributes("get", "apps", "deployments", "status", "demo", "x"));
        decision.ShouldBe(new AuthorizationDecision(
            true, "RBAC: allowed by ClusterRoleBinding \"readers\" of ClusterRole \"reader\" to ServiceAccount \"bot/ci\""));
        _authorizer.Authorize(bot, new RequestAttributes("get", "", null, Path: "/metrics")).Allowed.ShouldBeFalse();
    }

    [Theory]
    [InlineData("pods", "pods", null, true)]
    [InlineData("pods", "pods", "log", false)]
    [InlineData("pods/log", "pods", "log", true)]
    [InlineData("pods/log", "pods", null, false)]
    [InlineData("*/scale", "deployments", "scale", true)]
    [InlineData("*/scale", "deployments", "status", false)]
    [InlineData("*", "deployments", "status", true)]
    public void Subresources_are_resources_of_their_own(string rule, string resource, string? subresource, bool allowed)
    {
        ClusterRole("role", $$"""{"verbs":["*"],"apiGroups":["*"],"resources":["{{rule}}"]}""");
        ClusterBind("binding", "role", """{"kind":"User","name":"jane"}""");

        _authorizer.Authorize(Jane, new RequestAttributes("get", "", resource, subresource, "demo", "x")).Allowed.ShouldBe(allowed);
    }

    [Fact]
    public void Resource_names_limit_to_these_objects_and_hence_exclude_lists_and_creates()
    {
        Role("one", """{"verbs":["*"],"apiGroups":[""],"resources":["configmaps"],"resourceNames":["settings"]}""");
        Bind("one", "Role", "one", """{"kind":"User","name":"jane"}""");

        Decide("update", "", "configmaps", ns: "demo", name: "settings").Allowed.ShouldBeTrue();
        Decide("update", "", "configmaps", ns: "demo", name: "other").Allowed.ShouldBeFalse();
        Decide("list", "", "configmaps", ns: "demo").Allowed.ShouldBeFalse();
        Decide("list", "", "configmaps", ns: "demo", name: "settings").Allowed.ShouldBeTrue();
    }

    [Theory]
    [InlineData("/logs/*", "/logs/a/b", true)]
    [InlineData("/logs", "/logs/a", false)]
    [InlineData("/version", "/version", true)]
    [InlineData("*", "/anything", true)]
    public void Urls_that_are_no_resources_match_exactly_or_by_prefix(string rule, string path, bool allowed)
    {
        ClusterRole("urls", $$"""{"verbs":["get"],"nonResourceURLs":["{{rule}}"]}""");
        ClusterBind("urls", "urls", """{"kind":"Group","name":"system:authenticated"}""");

        _authorizer.Authorize(Jane, new RequestAttributes("get", "", null, Path: path)).Allowed.ShouldBe(allowed);
        _authorizer.Authorize(Jane, new RequestAttributes("post", "", null, Path: path)).Allowed.ShouldBeFalse();
    }

    [Theory]
    [InlineData("/livez", true)]
    [InlineData("/readyz/gateway", true)]
    [InlineData("/livezzz", false)]
    [InlineData("/version", false)]
    public void Probes_need_no_role(string path, bool allowed) =>
        _authorizer.Authorize(UserInfo.Anonymous, new RequestAttributes("get", "", null, Path: path)).Allowed.ShouldBe(allowed);

    [Fact]
    public void Changes_count_at_once()
    {
        Decide("get", "", "pods", ns: "demo").Allowed.ShouldBeFalse();
        Bind("readers", "Role", "reader", """{"kind":"User","name":"jane"}""");
        Decide("get", "", "pods", ns: "demo").Allowed.ShouldBeFalse();
        Role("reader", """{"verbs":["get"],"apiGroups":[""],"resources":["pods"]}""");
        Decide("get", "", "pods", ns: "demo").Allowed.ShouldBeTrue();
        Bind("readers", "Role", "reader", """{"kind":"User","name":"joe"}""");
        Decide("get", "", "pods", ns: "demo").Allowed.ShouldBeFalse();
        Bind("readers", "Role", "reader", """{"kind":"User","name":"joe"}""", """{"kind":"User","name":"jane"}""");
        Decide("get", "", "pods", ns: "demo").Allowed.ShouldBeTrue();
        _store.Remove(Bindings, "demo", "readers");
        Decide("get", "", "pods", ns: "demo").Allowed.ShouldBeFalse();
    }

    [Fact]
    public void Aggregated_roles_have_the_rules_of_the_selected_ones_through_several_levels()
    {
        Aggregated("admin", "to-admin", label: "none");
        Aggregated("edit", "to-edit", label: "to-admin");
        ClusterBind("admins", "admin", """{"kind":"User","name":"jane"}""");
        Decide("get", "aerogrid.io", "apps", ns: "demo").Allowed.ShouldBeFalse();

        ClusterRole("apps", """{"verbs":["get"],"apiGroups":["aerogrid.io"],"resources":["apps"]}""", "to-edit");
        Decide("get", "aerogrid.io", "apps", ns: "demo").Allowed.ShouldBeTrue();

        _store.Remove(ClusterRoles, null, "apps");
        Decide("get", "aerogrid.io", "apps", ns: "demo").Allowed.ShouldBeFalse();
    }

    [Fact]
    public void Aggregated_roles_that_select_each_other_end()
    {
        Aggregated("a", "x", label: "x");
        Aggregated("b", "x", label: "x");
        ClusterRole("c", """{"verbs":["get"],"apiGroups":[""],"resources":["pods"]}""", "x");
        ClusterBind("as", "a", """{"kind":"User","name":"jane"}""");

        Decide("get", "", "pods").Allowed.ShouldBeTrue();
    }

    [Fact]
    public async Task Bindings_of_many_writers_are_all_there()
    {
        Role("reader", """{"verbs":["get"],"apiGroups":[""],"resources":["pods"]}""");
        Decide("get", "", "pods", ns: "demo").Allowed.ShouldBeFalse();

        await Parallel.ForAsync(0, 200, (i, _) =>
        {
            Bind($"b{i}", "Role", "reader", """{"kind":"User","name":"jane"}""");
            if (i != 77)
            {
                _store.Remove(Bindings, "demo", $"b{i}");
            }

            return ValueTask.CompletedTask;
        });

        Decide("get", "", "pods", ns: "demo").Reason.ShouldContain("\"b77/demo\"");
        _store.Remove(Bindings, "demo", "b77");
        Decide("get", "", "pods", ns: "demo").Allowed.ShouldBeFalse();
    }

    private AuthorizationDecision Decide(string verb, string group, string resource, string? ns = null, string? name = null) =>
        _authorizer.Authorize(Jane, new RequestAttributes(verb, group, resource, Namespace: ns, Name: name));

    private void Role(string name, string rule) =>
        _store.Put(Roles, $$"""{"metadata":{"name":"{{name}}","namespace":"demo"},"rules":[{{rule}}] }""");

    private void ClusterRole(string name, string rule, string label = "none") =>
        _store.Put(ClusterRoles, $$"""{"metadata":{"name":"{{name}}","labels":{"{{label}}":"true"} },"rules":[{{rule}}]}""");

    private void Aggregated(string name, string selects, string label) =>
        _store.Put(ClusterRoles, $$"""
            {"metadata":{"name":"{{name}}","labels":{"{{label}}":"true"} },
             "aggregationRule":{"clusterRoleSelectors":[{"matchLabels":{"{{selects}}":"true"} }] } }
            """);

    private void Bind(string name, string kind, string role, params string[] subjects) =>
        _store.Put(Bindings, $$"""
            {"metadata":{"name":"{{name}}","namespace":"demo"},
             "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"{{kind}}","name":"{{role}}" },"subjects":[{{string.Join(",", subjects)}}] }
            """);

    private void ClusterBind(string name, string role, string subject) =>
        _store.Put(ClusterBindings, $$"""
            {"metadata":{"name":"{{name}}" },
             "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"{{role}}" },"subjects":[{{subject}}] }
            """);
}
