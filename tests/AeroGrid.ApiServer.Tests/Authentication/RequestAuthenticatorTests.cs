using AeroGrid.ApiServer.Authentication;
using AeroGrid.ApiServer.Authorization;
using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Hosting;
using AeroGrid.ApiServer.Tests.Authorization;
using Microsoft.AspNetCore.Http;

namespace AeroGrid.ApiServer.Tests.Authentication;

public sealed class RequestAuthenticatorTests : IDisposable
{
    private readonly MemoryReader _store = new();
    private readonly Lazy<RbacIndex> _index;
    private readonly RequestAuthenticator _authenticator;

    public RequestAuthenticatorTests()
    {
        _index = new Lazy<RbacIndex>(() => new RbacIndex(_store));
        var tokens = new StaticTokenAuthenticator(
            [new StaticToken("secret-admin", "admin", ["system:masters"]), new StaticToken("secret-jane", "jane", [])],
            new ApiAudiences(new ApiServerOptions { DataFolder = "" }));
        _authenticator = new RequestAuthenticator([tokens], new Impersonation(new RbacAuthorizer(_index)));
    }

    public void Dispose() => _index.Value.Dispose();

    [Fact]
    public async Task A_known_token_is_its_user_and_authenticated()
    {
        var user = await Authenticate("/api", ("Authorization", "bearer secret-admin"));
        user!.Name.ShouldBe("admin");
        user.Groups.ShouldBe(["system:masters", "system:authenticated"]);
    }

    [Theory]
    [InlineData("Digest x")]
    [InlineData("Bearer secret")]
    [InlineData("Bearer secret-admin2")]
    [InlineData("Bearer ")]
    [InlineData("Basic YWRtaW46YWRtaW4=")]
    public async Task A_credential_that_nobody_knows_is_401_even_where_none_is_needed(string header)
    {
        foreach (var path in new[] { "/api", "/livez" })
        {
            (await Should.ThrowAsync<ApiException>(() => Authenticate(path, ("Authorization", header)))).Code.ShouldBe(401);
        }
    }

    [Fact]
    public async Task Without_a_credential_this_knows_nobody() => (await Authenticate("/api")).ShouldBeNull();

    [Fact]
    public async Task Masters_may_act_as_anyone()
    {
        var user = await Authenticate(
            "/api",
            ("Authorization", "Bearer secret-admin"),
            ("Impersonate-User", "joe"),
            ("Impersonate-Group", "a"),
            ("Impersonate-Uid", "u-1"),
            ("Impersonate-Extra-acme.com%2fproject", "x"));

        user!.Name.ShouldBe("joe");
        user.Uid.ShouldBe("u-1");
        user.Groups.ShouldBe(["a", "system:authenticated"]);
        user.Extra!["acme.com/project"].ShouldBe(["x"]);
    }

    [Fact]
    public async Task Acting_as_a_service_account_brings_its_groups()
    {
        var user = await Authenticate(
            "/api", ("Authorization", "Bearer secret-admin"), ("Impersonate-User", "system:serviceaccount:ci:bot"));
        user!.Groups.ShouldBe(["system:serviceaccounts", "system:serviceaccounts:ci", "system:authenticated"]);
    }

    [Fact]
    public async Task Others_need_the_verb_impersonate_for_user_and_groups()
    {
        (string, string)[] headers = [("Authorization", "Bearer secret-jane"), ("Impersonate-User", "joe")];
        var refused = await Should.ThrowAsync<ApiException>(() => Authenticate("/api", headers));
        refused.Code.ShouldBe(403);
        refused.Message.ShouldBe("users \"joe\" is forbidden: User \"jane\" cannot impersonate resource \"users\" in API group \"\" at the cluster scope");

        _store.Put("rbac.authorization.k8s.io/clusterroles", """
            {"metadata":{"name":"as-joe"},"rules":[{"verbs":["impersonate"],"apiGroups":[""],"resources":["users"],"resourceNames":["joe"]}]}
            """);
        _store.Put("rbac.authorization.k8s.io/clusterrolebindings", """
            {"metadata":{"name":"as-joe"},"roleRef":{"kind":"ClusterRole","name":"as-joe"},"subjects":[{"kind":"User","name":"jane"}]}
            """);

        (await Authenticate("/api", headers))!.Name.ShouldBe("joe");
        (await Should.ThrowAsync<ApiException>(() => Authenticate("/api", [.. headers, ("Impersonate-Group", "system:masters")]))).Code.ShouldBe(403);
        var uid = await Should.ThrowAsync<ApiException>(() => Authenticate("/api", [.. headers, ("Impersonate-Uid", "u-1")]));
        uid.Message.ShouldContain("cannot impersonate resource \"uids\" in API group \"authentication.k8s.io\"");
        var extra = await Should.ThrowAsync<ApiException>(() => Authenticate("/api", [.. headers, ("Impersonate-Extra-project", "x")]));
        extra.Message.ShouldContain("cannot impersonate resource \"userextras/project\"");
    }

    [Fact]
    public async Task Impersonation_without_a_user_makes_no_sense() =>
        (await Should.ThrowAsync<ApiException>(() => Authenticate(
            "/api", ("Authorization", "Bearer secret-admin"), ("Impersonate-Group", "a")))).Code.ShouldBe(400);

    private async Task<UserInfo?> Authenticate(string path, params (string Name, string Value)[] headers)
    {
        var context = new DefaultHttpContext();
        context.Request.Path = path;
        foreach (var (name, value) in headers)
        {
            context.Request.Headers.Append(name, value);
        }

        return await _authenticator.AuthenticateAsync(context, default);
    }
}
