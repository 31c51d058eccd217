using System.Net;
using System.Text.Json.Nodes;
using AeroGrid.TestKit;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace AeroGrid.ApiServer.Tests.ServiceAccounts;

public sealed class ServiceAccountTests(ServiceAccountTests.Fixture api) : IClassFixture<ServiceAccountTests.Fixture>
{
    private const string WhoAmI = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    private const string TokenReviews = "/apis/authentication.k8s.io/v1/tokenreviews";

    [Fact]
    public async Task Every_namespace_has_the_account_default_and_gets_it_again()
    {
        var url = $"/api/v1/namespaces/{await api.NamespaceAsync()}/serviceaccounts/default";
        var first = await Eventually.Async(async () => (await api.GetAsync(url)).Ok());
        (await api.DeleteAsync(url)).Ok();
        await Eventually.Async(async () =>
            ((string?)(await api.GetAsync(url)).Ok()["metadata"]!["uid"]).ShouldNotBe((string?)first["metadata"]!["uid"]));
        await Eventually.Async(async () => (await api.GetAsync("/api/v1/namespaces/kube-system/serviceaccounts/default")).Ok());
    }

    [Fact]
    public async Task A_namespace_goes_although_its_account_would_be_made_again()
    {
        var ns = await api.NamespaceAsync();
        await Eventually.Async(async () => (await api.GetAsync($"/api/v1/namespaces/{ns}/serviceaccounts/default")).Ok());
        (await api.DeleteAsync($"/api/v1/namespaces/{ns}")).Ok();
        await Eventually.Async(async () => (await api.GetAsync($"/api/v1/namespaces/{ns}")).ShouldFail(404, "NotFound"));
    }

    [Fact]
    public async Task A_token_is_its_account_with_uid_and_groups()
    {
        var (ns, uid) = await AccountAsync();
        var token = await TokenAsync(ns);
        var who = await AsAsync(token, WhoAmI);
        var user = who.Ok(HttpStatusCode.Created)["status"]!["userInfo"]!;
        ((string?)user["username"]).ShouldBe($"system:serviceaccount:{ns}:bot");
        ((string?)user["uid"]).ShouldBe(uid);
        user["groups"]!.AsArray().Select(g => (string?)g).ShouldBe(["system:serviceaccounts", $"system:serviceaccounts:{ns}", "system:authenticated"]);
        ((string?)user["extra"]!["authentication.kubernetes.io/credential-id"]![0])!.ShouldStartWith("JTI=");
        (await GetAsAsync(token, $"/api/v1/namespaces/{ns}/pods")).ShouldFail(403, "Forbidden");

        await api.PostAsync(
            $"/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings",
            $$$"""{"metadata":{"name":"b"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"view"},"subjects":[{"kind":"ServiceAccount","name":"bot","namespace":"{{{ns}}}"}]}""");
        (await GetAsAsync(token, $"/api/v1/namespaces/{ns}/pods")).Ok();
    }

    [Fact]
    public async Task The_claims_are_those_of_kubernetes_and_the_published_key_verifies_them()
    {
        var (ns, uid) = await AccountAsync();
        var answer = (await api.PostAsync($"/api/v1/namespaces/{ns}/serviceaccounts/bot/token", """{"spec":{"expirationSeconds":7200,"audiences":["vault","registry"]}}""")).Ok(HttpStatusCode.Created);
        ((string?)answer["kind"]).ShouldBe("TokenRequest");
        ((string?)answer["status"]!["expirationTimestamp"]).ShouldBe($"{api.Time.GetUtcNow().AddHours(2):yyyy-MM-dd'T'HH:mm:ss'Z'}");
        var token = new JsonWebToken((string?)answer["status"]!["token"]);
        token.Audiences.ShouldBe(["vault", "registry"]);
        token.Subject.ShouldBe($"system:serviceaccount:{ns}:bot");
        JsonNode.Parse(Base64UrlEncoder.Decode(token.EncodedPayload))!["kubernetes.io"]!.ToJsonString()
            .ShouldBe($$$"""{"namespace":"{{{ns}}}","serviceaccount":{"name":"bot","uid":"{{{uid}}}"}}""");

        var discovery = (await api.GetAsync("/.well-known/openid-configuration")).Ok();
        ((string?)discovery["issuer"]).ShouldBe(token.Issuer);
        var keys = new JsonWebKeySet((await api.GetAsync(new Uri((string)discovery["jwks_uri"]!).AbsolutePath)).Text);
        var result = await new JsonWebTokenHandler().ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidIssuer = token.Issuer, ValidAudience = "vault", IssuerSigningKeys = keys.GetSigningKeys(), ValidateLifetime = false,
        });
        result.IsValid.ShouldBeTrue(result.Exception?.Message);
        (await GetAsAsync(await TokenAsync(ns), "/openid/v1/jwks")).Ok();
    }

    [Fact]
    public async Task A_token_ends_at_its_expiry_and_with_its_account()
    {
        var (ns, _) = await AccountAsync();
        var token = await TokenAsync(ns, """{"spec":{"expirationSeconds":600}}""");
        (await AsAsync(token, WhoAmI)).Ok(HttpStatusCode.Created);
        api.Time.Advance(TimeSpan.FromSeconds(600));
        (await AsAsync(token, WhoAmI)).ShouldFail(401, "Unauthorized")["message"]!.ToString().ShouldContain("it expired at");

        var later = await TokenAsync(ns);
        (await api.DeleteAsync($"/api/v1/namespaces/{ns}/serviceaccounts/bot")).Ok();
        (await AsAsync(later, WhoAmI)).ShouldFail(401, "Unauthorized")["message"]!.ToString().ShouldContain("is gone");
        await api.PostAsync($"/api/v1/namespaces/{ns}/serviceaccounts", """{"metadata":{"name":"bot"}}""");
        (await AsAsync(later, WhoAmI)).ShouldFail(401, "Unauthorized");
    }

    [Fact]
    public async Task A_token_bound_to_a_secret_ends_with_it()
    {
        var (ns, _) = await AccountAsync();
        await api.PostAsync($"/api/v1/namespaces/{ns}/secrets", """{"metadata":{"name":"s"}}""");
        var token = await TokenAsync(ns, """{"spec":{"boundObjectRef":{"apiVersion":"v1","kind":"Secret","name":"s"}}}""");
        (await AsAsync(token, WhoAmI)).Ok(HttpStatusCode.Created);
        await api.DeleteAsync($"/api/v1/namespaces/{ns}/secrets/s");
        (await AsAsync(token, WhoAmI)).ShouldFail(401, "Unauthorized");
    }

    [Fact]
    public async Task A_token_for_others_is_not_for_this_server_but_reviewed_for_them()
    {
        var (ns, _) = await AccountAsync();
        var token = await TokenAsync(ns, """{"spec":{"audiences":["vault"]}}""");
        (await AsAsync(token, WhoAmI)).ShouldFail(401, "Unauthorized")["message"]!.ToString().ShouldContain("its audiences are vault");

        var forVault = (await api.PostAsync(TokenReviews, $$$"""{"spec":{"token":"{{{token}}}","audiences":["vault","other"]}}""")).Ok(HttpStatusCode.Created)["status"]!;
        ((bool?)forVault["authenticated"]).ShouldBe(true);
        forVault["audiences"]!.AsArray().Select(a => (string?)a).ShouldBe(["vault"]);
        ((string?)forVault["user"]!["username"]).ShouldBe($"system:serviceaccount:{ns}:bot");
        ((bool?)(await api.PostAsync(TokenReviews, $$$"""{"spec":{"token":"{{{token}}}"}}""")).Body["status"]!["authenticated"]).ShouldBe(false);
    }

    [Fact]
    public async Task Forged_tokens_are_refused()
    {
        var (ns, _) = await AccountAsync();
        var token = await TokenAsync(ns);
        var (header, payload) = (token.Split('.')[0], token.Split('.')[1]);
        (await AsAsync($"{Base64UrlEncoder.Encode("""{"alg":"none"}""")}.{payload}.", WhoAmI)).ShouldFail(401, "Unauthorized");
        var changed = Base64UrlEncoder.Encode(Base64UrlEncoder.Decode(payload).Replace(":bot", ":root"));
        (await AsAsync($"{header}.{changed}.{token.Split('.')[2]}", WhoAmI)).ShouldFail(401, "Unauthorized");
        var keyed = new JsonWebTokenHandler().CreateToken(
            Base64UrlEncoder.Decode(payload),
            new SigningCredentials(new SymmetricSecurityKey(System.Text.Encoding.UTF8.GetBytes((await api.GetAsync("/openid/v1/jwks")).Text)), SecurityAlgorithms.HmacSha256));
        (await AsAsync(keyed, WhoAmI)).ShouldFail(401, "Unauthorized");
    }

    [Theory]
    [InlineData("""{"expirationSeconds":599}""", "spec.expirationSeconds")]
    [InlineData("""{"expirationSeconds":4294967297}""", "spec.expirationSeconds")]
    [InlineData("""{"boundObjectRef":{"kind":"ConfigMap","name":"c"}}""", "spec.boundObjectRef.kind")]
    [InlineData("""{"boundObjectRef":{"kind":"Pod","name":"missing"}}""", "spec.boundObjectRef.name")]
    public async Task A_wrong_request_names_the_field(string spec, string field)
    {
        var (ns, _) = await AccountAsync();
        var refused = (await api.PostAsync($"/api/v1/namespaces/{ns}/serviceaccounts/bot/token", $$"""{"spec":{{spec}}}""")).ShouldFail(422, "Invalid");
        ((string?)refused["details"]!["causes"]![0]!["field"]).ShouldBe(field);
        (await api.PostAsync($"/api/v1/namespaces/{ns}/serviceaccounts/nobody/token", "{}")).ShouldFail(404, "NotFound");
    }

    [Fact]
    public async Task The_key_stays_over_a_restart_and_is_private()
    {
        await using var server = await TestApiServer.StartAsync();
        var token = (await Eventually.Async(() => server.KubectlOkAsync("create", "token", "default"))).Trim();
        var file = Path.Combine(server.DataFolder, "data", "service-account-key.pem");
        File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await server.RestartAsync();
        using var response = await server.CreateHttpClient(token).GetAsync("/api");
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await server.KubectlOkAsync("api-resources", "--no-headers")).ShouldContain("serviceaccounts");
    }

    private async Task<(string Namespace, string Uid)> AccountAsync()
    {
        var ns = await api.NamespaceAsync();
        var created = (await api.PostAsync($"/api/v1/namespaces/{ns}/serviceaccounts", """{"metadata":{"name":"bot"}}""")).Ok(HttpStatusCode.Created);
        return (ns, (string)created["metadata"]!["uid"]!);
    }

    private async Task<string> TokenAsync(string ns, string body = "{}") =>
        (string)(await api.PostAsync($"/api/v1/namespaces/{ns}/serviceaccounts/bot/token", body)).Ok(HttpStatusCode.Created)["status"]!["token"]!;

    private Task<Answer> AsAsync(string token, string url) => SendAsAsync(HttpMethod.Post, token, url, "{}");

    private Task<Answer> GetAsAsync(string token, string url) => SendAsAsync(HttpMethod.Get, token, url, null);

    private async Task<Answer> SendAsAsync(HttpMethod method, string token, string url, string? body)
    {
        using var request = new HttpRequestMessage(method, new Uri(api.Address, url));
        request.Headers.Authorization = new("Bearer", token);
        if (body is not null)
        {
            request.Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        }

        return await api.SendAsync(request);
    }

    public sealed class Fixture : ApiServerFixture
    {
        public FakeTimeProvider Time { get; } = new(DateTimeOffset.Parse("2030-01-01T00:00:00Z"));

        protected override TestApiServerOptions Options => new() { TimeProvider = Time };
    }
}
