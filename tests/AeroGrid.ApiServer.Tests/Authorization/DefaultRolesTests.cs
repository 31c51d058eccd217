using AeroGrid.ApiServer.Hosting;
using AeroGrid.TestKit;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace AeroGrid.ApiServer.Tests.Authorization;

public sealed class DefaultRolesTests : IAsyncLifetime
{
    private TestApiServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestApiServer.StartAsync(new StaticToken("jane-token", "jane", []));

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Default_roles_exist_and_aggregated_ones_show_their_rules()
    {
        var names = (await _server.Client.ListClusterRoleAsync()).Items.Select(r => r.Name()).ToList();
        names.ShouldBe(
            [
                "admin", "cluster-admin", "edit", "system:aggregate-to-admin", "system:aggregate-to-edit", "system:aggregate-to-view",
                "system:basic-user", "system:discovery", "system:public-info-viewer", "system:service-account-issuer-discovery", "view",
            ],
            ignoreOrder: true);
        await Eventually.Async(async () =>
        {
            (await _server.Client.ReadClusterRoleAsync("view")).Rules.ShouldContain(r => r.Resources.Contains("pods"));
            (await _server.Client.ReadClusterRoleAsync("admin")).Rules.ShouldContain(r => r.Resources.Contains("roles"));
            (await _server.Client.ReadClusterRoleAsync("admin")).Rules.ShouldContain(r => r.Resources.Contains("pods/log"));
        });
    }

    [Fact]
    public async Task A_role_with_the_label_joins_view_for_those_who_have_it()
    {
        await CreateNamespaceAsync();
        await _server.Client.CreateNamespacedRoleBindingAsync(Binding("view", "jane"), "demo");
        (await CanAsync("list", "aerogrid.io", "apps")).ShouldBeFalse();

        await _server.Client.CreateClusterRoleAsync(new V1ClusterRole
        {
            Metadata = new V1ObjectMeta
            {
                Name = "apps-view", Labels = new Dictionary<string, string> { ["rbac.authorization.k8s.io/aggregate-to-view"] = "true" },
            },
            Rules = [new V1PolicyRule { Verbs = ["list"], ApiGroups = ["aerogrid.io"], Resources = ["apps"] }],
        });

        (await CanAsync("list", "aerogrid.io", "apps")).ShouldBeTrue();
        await Eventually.Async(async () =>
            (await _server.Client.ReadClusterRoleAsync("edit")).Rules.ShouldContain(r => r.Resources.Contains("apps")));
    }

    [Fact]
    public async Task A_restart_gives_back_what_people_removed_unless_they_opted_out()
    {
        await _server.Client.DeleteClusterRoleAsync("system:basic-user");
        var discovery = await _server.Client.ReadClusterRoleAsync("system:discovery");
        discovery.Rules = [new V1PolicyRule { Verbs = ["get"], NonResourceURLs = ["/mine"] }];
        await _server.Client.ReplaceClusterRoleAsync(discovery, "system:discovery");
        var info = await _server.Client.ReadClusterRoleAsync("system:public-info-viewer");
        info.Rules = [];
        info.Metadata.Annotations["rbac.authorization.kubernetes.io/autoupdate"] = "false";
        await _server.Client.ReplaceClusterRoleAsync(info, "system:public-info-viewer");

        await _server.RestartAsync();

        (await _server.Client.ReadClusterRoleAsync("system:basic-user")).Rules.Count.ShouldBe(2);
        var urls = (await _server.Client.ReadClusterRoleAsync("system:discovery")).Rules.SelectMany(r => r.NonResourceURLs).ToList();
        urls.ShouldContain("/mine");
        urls.ShouldContain("/apis");
        ((await _server.Client.ReadClusterRoleAsync("system:public-info-viewer")).Rules ?? []).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_unchanged_restart_writes_nothing()
    {
        var before = await Eventually.Async(async () =>
        {
            var admin = await _server.Client.ReadClusterRoleAsync("admin");
            admin.Rules.ShouldNotBeEmpty();
            return admin.ResourceVersion();
        });
        await _server.RestartAsync();
        (await _server.Client.ReadClusterRoleAsync("admin")).ResourceVersion().ShouldBe(before);
    }

    [Fact]
    public async Task Anonymous_callers_see_health_and_version_and_nothing_else()
    {
        using var http = _server.CreateHttpClient(null);
        foreach (var (path, status) in new[] { ("/livez", 200), ("/version", 200), ("/api", 401), ("/api/v1/namespaces", 401) })
        {
            using var response = await http.GetAsync(path);
            ((int)response.StatusCode).ShouldBe(status, path);
        }
    }

    [Fact]
    public async Task Nobody_gives_away_more_than_they_have()
    {
        await CreateNamespaceAsync();
        await _server.Client.CreateNamespacedRoleBindingAsync(Binding("admin", "jane"), "demo");
        var jane = _server.CreateClient("jane-token");
        var role = new V1Role
        {
            Metadata = new V1ObjectMeta { Name = "pods" },
            Rules = [new V1PolicyRule { Verbs = ["get", "delete"], ApiGroups = [""], Resources = ["pods"] }],
        };
        await jane.CreateNamespacedRoleAsync(role, "demo");

        role.Metadata.Name = "nodes";
        role.Rules[0].Resources.Add("nodes");
        var refused = await Should.ThrowAsync<HttpOperationException>(() => jane.CreateNamespacedRoleAsync(role, "demo"));
        ((int)refused.Response.StatusCode).ShouldBe(403);
        refused.Response.Content.ShouldContain("attempting to grant RBAC permissions not currently held");

        (await Should.ThrowAsync<HttpOperationException>(() => jane.CreateNamespacedRoleBindingAsync(Binding("cluster-admin"), "demo")))
            .Response.Content.ShouldContain("not currently held");
        (await Should.ThrowAsync<HttpOperationException>(() => jane.CreateNamespacedRoleBindingAsync(Binding("missing"), "demo")))
            .Response.StatusCode.ShouldBe(System.Net.HttpStatusCode.NotFound);
        await jane.CreateNamespacedRoleBindingAsync(Binding("view"), "demo");

        // The verb bind, on this role only, is another way to be allowed.
        await _server.Client.CreateClusterRoleAsync(new V1ClusterRole
        {
            Metadata = new V1ObjectMeta { Name = "binder" },
            Rules =
            [
                new V1PolicyRule
                {
                    Verbs = ["bind"], ApiGroups = ["rbac.authorization.k8s.io"], Resources = ["clusterroles"], ResourceNames = ["cluster-admin"],
                },
            ],
        });
        var binding = Binding("binder", "jane");
        await _server.Client.CreateClusterRoleBindingAsync(
            new V1ClusterRoleBinding { Metadata = binding.Metadata, RoleRef = binding.RoleRef, Subjects = binding.Subjects });
        await jane.CreateNamespacedRoleBindingAsync(Binding("cluster-admin"), "demo");
    }

    private Task CreateNamespaceAsync() => _server.Client.CreateNamespaceAsync(new V1Namespace { Metadata = new V1ObjectMeta { Name = "demo" } });

    private static V1RoleBinding Binding(string clusterRole, string user = "joe") => new()
    {
        Metadata = new V1ObjectMeta { Name = "to-" + clusterRole },
        RoleRef = new V1RoleRef { ApiGroup = "rbac.authorization.k8s.io", Kind = "ClusterRole", Name = clusterRole },
        Subjects = [new Rbacv1Subject { ApiGroup = "rbac.authorization.k8s.io", Kind = "User", Name = user }],
    };

    private async Task<bool> CanAsync(string verb, string group, string resource) =>
        (await _server.CreateClient("jane-token").CreateSelfSubjectAccessReviewAsync(new V1SelfSubjectAccessReview
        {
            Spec = new() { ResourceAttributes = new() { Verb = verb, Group = group, Resource = resource, NamespaceProperty = "demo" } },
        })).Status.Allowed;
}
