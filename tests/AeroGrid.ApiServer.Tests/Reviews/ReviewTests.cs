using AeroGrid.ApiServer.Authentication;
using AeroGrid.ApiServer.Hosting;
using AeroGrid.TestKit;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace AeroGrid.ApiServer.Tests.Reviews;

/// <summary>A server with two people: jane may view in demo, joe may do nothing beyond what everyone may.</summary>
public sealed class ReviewFixture : IAsyncLifetime
{
    public TestApiServer Server { get; private set; } = null!;

    public Kubernetes Jane => Server.CreateClient("jane-token");

    public async ValueTask InitializeAsync()
    {
        Server = await TestApiServer.StartAsync(new StaticToken("jane-token", "jane", ["developers"]), new StaticToken("joe-token", "joe", []));
        await Server.Client.CreateNamespaceAsync(new V1Namespace { Metadata = new V1ObjectMeta { Name = "demo" } });
        await Server.Client.CreateNamespacedRoleBindingAsync(
            new V1RoleBinding
            {
                Metadata = new V1ObjectMeta { Name = "viewers" },
                RoleRef = new V1RoleRef { ApiGroup = "rbac.authorization.k8s.io", Kind = "ClusterRole", Name = "view" },
                Subjects = [new Rbacv1Subject { ApiGroup = "rbac.authorization.k8s.io", Kind = "Group", Name = "developers" }],
            },
            "demo");
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    public Task<CommandResult> KubectlAsync(string token, params string[] arguments) => Command.RunAsync(
        "kubectl",
        ["--kubeconfig", Server.KubeconfigFile, "--token", token, .. arguments],
        new() { ["HOME"] = Server.DataFolder });
}

public sealed class ReviewTests(ReviewFixture fixture) : IClassFixture<ReviewFixture>
{
    private Kubernetes Admin => fixture.Server.Client;

    [Fact]
    public async Task Can_i_answers_with_the_reason()
    {
        var review = await fixture.Jane.CreateSelfSubjectAccessReviewAsync(new V1SelfSubjectAccessReview
        {
            Spec = new() { ResourceAttributes = new() { Verb = "list", Resource = "pods", NamespaceProperty = "demo" } },
        });
        review.Status.Allowed.ShouldBeTrue();
        review.Status.Reason.ShouldBe("RBAC: allowed by RoleBinding \"viewers/demo\" of ClusterRole \"view\" to Group \"developers\"");

        review = await fixture.Jane.CreateSelfSubjectAccessReviewAsync(new V1SelfSubjectAccessReview
        {
            Spec = new() { ResourceAttributes = new() { Verb = "list", Resource = "secrets", NamespaceProperty = "demo" } },
        });
        review.Status.Allowed.ShouldBeFalse();
    }

    [Fact]
    public async Task Kubectl_auth_works()
    {
        Assert.SkipUnless(Tools.Has("kubectl"), "kubectl is not installed");
        (await fixture.KubectlAsync("jane-token", "auth", "can-i", "get", "pods", "-n", "demo")).Output.Trim().ShouldBe("yes");
        (await fixture.KubectlAsync("jane-token", "auth", "can-i", "get", "pods", "--subresource=log", "-n", "demo")).Output.Trim().ShouldBe("yes");
        var no = await fixture.KubectlAsync("jane-token", "auth", "can-i", "delete", "pods", "-n", "demo");
        (no.ExitCode, no.Output.Trim()).ShouldBe((1, "no"));
        (await fixture.Server.KubectlOkAsync("auth", "can-i", "*", "*", "-A")).Trim().ShouldBe("yes");

        var list = (await fixture.KubectlAsync("jane-token", "auth", "can-i", "--list", "-n", "demo")).Output;
        list.ShouldContain("selfsubjectreviews.authentication.k8s.io");
        list.ShouldContain("deployments.apps");
        list.ShouldContain("[/api/*]");

        var who = (await fixture.KubectlAsync("jane-token", "auth", "whoami")).Output;
        who.ShouldContain("jane");
        who.ShouldContain("[developers system:authenticated]");
    }

    [Fact]
    public async Task An_administrator_may_ask_about_others()
    {
        var review = await Admin.CreateSubjectAccessReviewAsync(new V1SubjectAccessReview
        {
            Spec = new()
            {
                User = "someone",
                Groups = ["developers"],
                ResourceAttributes = new() { Verb = "get", Group = "apps", Resource = "deployments", NamespaceProperty = "demo", Name = "x" },
            },
        });
        review.Status.Allowed.ShouldBeTrue();

        var refused = await Should.ThrowAsync<HttpOperationException>(() => fixture.Jane.CreateSubjectAccessReviewAsync(new V1SubjectAccessReview
        {
            Spec = new() { User = "joe", ResourceAttributes = new() { Verb = "get", Resource = "pods" } },
        }));
        ((int)refused.Response.StatusCode).ShouldBe(403);
    }

    [Fact]
    public async Task A_local_review_is_about_its_own_namespace()
    {
        var body = new V1LocalSubjectAccessReview
        {
            Spec = new() { Groups = ["developers"], ResourceAttributes = new() { Verb = "get", Resource = "pods", NamespaceProperty = "demo" } },
        };
        (await Admin.CreateNamespacedLocalSubjectAccessReviewAsync(body, "demo")).Status.Allowed.ShouldBeTrue();
        var wrong = await Should.ThrowAsync<HttpOperationException>(() => Admin.CreateNamespacedLocalSubjectAccessReviewAsync(body, "default"));
        ((int)wrong.Response.StatusCode).ShouldBe(422);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"resourceAttributes":{"verb":"get"},"nonResourceAttributes":{"verb":"get","path":"/"}}""")]
    public async Task A_review_of_nothing_or_of_two_things_is_refused(string spec)
    {
        using var content = new StringContent($$"""{"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview","spec":{{spec}} }""");
        content.Headers.ContentType = new("application/json");
        using var response = await fixture.Server.Http.PostAsync("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", content);
        ((int)response.StatusCode).ShouldBe(422);
        (await response.Content.ReadAsStringAsync()).ShouldContain("exactly one of nonResourceAttributes or resourceAttributes");
    }

    [Fact]
    public async Task A_token_review_knows_its_own_tokens()
    {
        var known = await Admin.CreateTokenReviewAsync(new V1TokenReview { Spec = new() { Token = "jane-token" } });
        known.Status.Authenticated.ShouldBe(true);
        known.Status.User.Username.ShouldBe("jane");
        known.Status.User.Groups.ShouldBe(["developers", UserInfo.AuthenticatedGroup]);

        var unknown = await Admin.CreateTokenReviewAsync(new V1TokenReview { Spec = new() { Token = "nonsense" } });
        unknown.Status.Authenticated.ShouldNotBe(true);
        unknown.Status.Error.ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task Impersonation_works_with_kubectl()
    {
        Assert.SkipUnless(Tools.Has("kubectl"), "kubectl is not installed");
        (await fixture.Server.KubectlOkAsync("auth", "whoami", "--as", "ann", "--as-group", "a")).ShouldContain("ann");
        (await fixture.Server.KubectlAsync("get", "pods", "-n", "demo", "--as", "ann")).Error.ShouldContain(
            "User \"ann\" cannot list resource \"pods\" in API group \"\" in the namespace \"demo\"");
        // By path: kubectl prints only "unknown" when it is refused while it discovers, which depends on what it has cached.
        (await fixture.KubectlAsync("jane-token", "get", "--raw", "/api/v1/namespaces/demo/pods", "--as", "joe")).Error.ShouldContain("cannot impersonate resource \"users\"");
    }
}
