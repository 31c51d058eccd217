using System.Net;

namespace AeroGrid.Identity.Tests;

public sealed class CodeFlowTests(SignInFixture fixture) : IClassFixture<SignInFixture>
{
    private const string Scopes = "openid profile email offline_access aerogrid-api aerogrid-apps";

    [Fact]
    public async Task A_person_signs_in_at_the_console_and_gets_tokens()
    {
        var user = await fixture.AddUserAsync();
        using var browser = new Browser(fixture.Identity);
        var (url, verifier) = fixture.Request(SignInFixture.ConsoleId, fixture.ConsoleRedirect, Scopes);

        var login = await browser.GetAsync(url);
        login.Html.ShouldContain("<label for=\"password\">");
        var done = await browser.LogInAsync(login, user.Name, SignInFixture.Password);

        done.Left.ShouldNotBeNull(done.Html);
        done.Left.ToString().ShouldStartWith(fixture.ConsoleRedirect + "?");
        done.Parameter("state").ShouldBe("some-state");
        done.Parameter("iss").ShouldBe(fixture.Identity.Issuer);
        var (status, body) = await fixture.RedeemAsync(SignInFixture.ConsoleId, fixture.ConsoleRedirect, done.Parameter("code")!, verifier);
        status.ShouldBe(HttpStatusCode.OK, body.ToString());

        var access = await fixture.Identity.ValidateAsync((string)body["access_token"]!, Audiences.Api);
        access.Audiences.ShouldBe([Audiences.Api]);
        access.Subject.ShouldBe(user.Subject);
        access.GetPayloadValue<string[]>("tenants").ShouldBe(["demo"]);
        access.GetPayloadValue<string>("scope").ShouldBe("openid profile email offline_access");
        var id = await fixture.Identity.ValidateAsync((string)body["id_token"]!, SignInFixture.ConsoleId);
        id.Subject.ShouldBe(user.Subject);
        id.GetPayloadValue<string>("nonce").ShouldBe("some-nonce");
        id.GetPayloadValue<string>("preferred_username").ShouldBe(user.Name);
    }

    [Fact]
    public async Task No_session_stays_behind_since_apps_may_listen_on_other_ports_of_the_host()
    {
        var user = await fixture.AddUserAsync();
        using var browser = new Browser(fixture.Identity);
        var (url, _) = fixture.Request(SignInFixture.ConsoleId, fixture.ConsoleRedirect, Scopes);
        await browser.LogInAsync(await browser.GetAsync(url), user.Name, SignInFixture.Password);

        browser.Cookies.GetCookies(new Uri(fixture.Identity.Issuer + "/")).Select(c => c.Name).ShouldNotContain(n => n.StartsWith("aerogrid-session"));
        (await browser.GetAsync(url)).Html.ShouldContain("<label for=\"password\">");
    }

    [Fact]
    public async Task A_program_of_the_machine_is_asked_about_before_it_gets_a_code()
    {
        var user = await fixture.AddUserAsync();
        using var browser = new Browser(fixture.Identity);
        var (cli, verifier) = fixture.Request(SignInFixture.CliId, SignInFixture.CliRedirect, Scopes);
        var question = await browser.LogInAsync(await browser.GetAsync(cli), user.Name, SignInFixture.Password);
        question.Left.ShouldBeNull();
        question.Html.ShouldContain("127.0.0.1:53123");

        var allowed = await browser.SubmitAsync(question, ("aerogrid_decision", "allow"));
        allowed.Left!.ToString().ShouldStartWith(SignInFixture.CliRedirect);
        (await fixture.RedeemAsync(SignInFixture.CliId, SignInFixture.CliRedirect, allowed.Parameter("code")!, verifier)).Status.ShouldBe(HttpStatusCode.OK);

        question = await browser.LogInAsync(await browser.GetAsync(cli), user.Name, SignInFixture.Password);
        (await browser.SubmitAsync(question, ("aerogrid_decision", "deny"))).Parameter("error").ShouldBe("access_denied");
    }

    [Fact]
    public async Task A_wrong_verifier_gets_nothing()
    {
        var (code, _) = await CodeAsync();
        var (status, body) = await fixture.RedeemAsync(SignInFixture.ConsoleId, fixture.ConsoleRedirect, code, new string('x', 43));
        status.ShouldBe(HttpStatusCode.BadRequest);
        ((string?)body["error"]).ShouldBe("invalid_grant");
    }

    [Fact]
    public async Task A_code_works_once_and_a_replay_ends_what_it_gave()
    {
        var (code, verifier) = await CodeAsync();
        var (_, tokens) = await fixture.RedeemAsync(SignInFixture.ConsoleId, fixture.ConsoleRedirect, code, verifier);

        var (status, body) = await fixture.RedeemAsync(SignInFixture.ConsoleId, fixture.ConsoleRedirect, code, verifier);

        status.ShouldBe(HttpStatusCode.BadRequest);
        ((string?)body["error"]).ShouldBe("invalid_grant");
        (await fixture.RefreshAsync(SignInFixture.ConsoleId, (string)tokens["refresh_token"]!)).Status.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_code_that_two_redeem_at_the_same_time_is_given_to_one()
    {
        var (code, verifier) = await CodeAsync();
        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ =>
            fixture.RedeemAsync(SignInFixture.ConsoleId, fixture.ConsoleRedirect, code, verifier)));
        results.Count(r => r.Status == HttpStatusCode.OK).ShouldBe(1);
    }

    [Fact]
    public async Task A_code_belongs_to_its_client_and_redirect()
    {
        var (code, verifier) = await CodeAsync();
        (await fixture.RedeemAsync(SignInFixture.CliId, fixture.ConsoleRedirect, code, verifier)).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await fixture.RedeemAsync(SignInFixture.ConsoleId, fixture.ConsoleRedirect + "x", code, verifier)).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await fixture.RedeemAsync("unknown", fixture.ConsoleRedirect, code, verifier)).Status.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData(SignInFixture.ConsoleId, "http://localhost:1/auth/callback")]
    [InlineData(SignInFixture.ConsoleId, "http://evil.example/auth/callback")]
    [InlineData(SignInFixture.CliId, "http://127.0.0.1:53123/apps/evil/app/callback")]
    [InlineData(SignInFixture.CliId, "http://127.0.0.1.evil.example/callback")]
    [InlineData(SignInFixture.CliId, "http://localhost:53123/callback")]
    [InlineData(SignInFixture.CliId, "https://127.0.0.1:53123/callback")]
    [InlineData(SignInFixture.CliId, "http://user@127.0.0.1:53123/callback")]
    [InlineData("unknown", "http://127.0.0.1:53123/callback")]
    [InlineData("aerogrid-local", "http://127.0.0.1:53123/callback")]
    public async Task A_redirect_that_is_not_registered_is_refused_without_following_it(string client, string redirect)
    {
        using var browser = new Browser(fixture.Identity);
        var page = await browser.GetAsync(fixture.Request(client, redirect, Scopes).Url);
        page.Status.ShouldBe(HttpStatusCode.BadRequest);
        page.Left.ShouldBeNull();
        page.Html.ShouldContain("role=\"alert\"");
    }

    [Theory]
    [InlineData("code_challenge", "")]
    [InlineData("code_challenge_method", "plain")]
    [InlineData("response_type", "token")]
    [InlineData("scope", "openid unknown")]
    public async Task A_request_that_is_not_allowed_gives_no_code(string parameter, string value)
    {
        var user = await fixture.AddUserAsync();
        using var browser = new Browser(fixture.Identity);
        var page = await browser.GetAsync(fixture.Request(SignInFixture.ConsoleId, fixture.ConsoleRedirect, Scopes, (parameter, value)).Url);
        page.Html.ShouldNotContain("password");
        page.Parameter("code").ShouldBeNull();
    }

    [Fact]
    public async Task Without_a_session_prompt_none_says_so()
    {
        using var browser = new Browser(fixture.Identity);
        var page = await browser.GetAsync(fixture.Request(SignInFixture.ConsoleId, fixture.ConsoleRedirect, Scopes, ("prompt", "none")).Url);
        page.Parameter("error").ShouldBe("login_required");
    }

    [Fact]
    public async Task Prompt_login_and_an_old_session_ask_for_the_password_again()
    {
        var user = await fixture.AddUserAsync();
        using var browser = new Browser(fixture.Identity);
        await browser.LogInAsync(await browser.GetAsync("/identity/device"), user.Name, SignInFixture.Password);
        var (url, _) = fixture.Request(SignInFixture.ConsoleId, fixture.ConsoleRedirect, Scopes);

        (await browser.GetAsync(url + "&prompt=login")).Html.ShouldContain("password");
        fixture.Time.Advance(TimeSpan.FromMinutes(2));
        (await browser.GetAsync(url + "&max_age=60")).Html.ShouldContain("password");
        (await browser.GetAsync(url + "&max_age=600")).Parameter("code").ShouldNotBeNull();
    }

    [Fact]
    public async Task Prompt_login_ends_in_a_code_after_the_password()
    {
        var user = await fixture.AddUserAsync();
        using var browser = new Browser(fixture.Identity);
        var (url, _) = fixture.Request(SignInFixture.ConsoleId, fixture.ConsoleRedirect, Scopes, ("prompt", "login"));
        (await browser.LogInAsync(await browser.GetAsync(url), user.Name, SignInFixture.Password)).Parameter("code").ShouldNotBeNull();
    }

    [Fact]
    public async Task A_code_expires()
    {
        var (code, verifier) = await CodeAsync();
        fixture.Time.Advance(TimeSpan.FromMinutes(10));
        (await fixture.RedeemAsync(SignInFixture.ConsoleId, fixture.ConsoleRedirect, code, verifier)).Status.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_scope_of_one_audience_gives_a_token_for_it_and_no_other()
    {
        var user = await fixture.AddUserAsync();
        var tokens = await fixture.SignInAsync(user, "openid offline_access aerogrid-apps");
        (await fixture.Identity.ValidateAsync((string)tokens["access_token"]!, Audiences.Apps)).Audiences.ShouldBe([Audiences.Apps]);
        (await fixture.RefreshAsync(SignInFixture.ConsoleId, (string)tokens["refresh_token"]!, "aerogrid-api")).Status.ShouldBe(HttpStatusCode.BadRequest);
    }

    private async Task<(string Code, string Verifier)> CodeAsync()
    {
        var user = await fixture.AddUserAsync();
        using var browser = new Browser(fixture.Identity);
        var (url, verifier) = fixture.Request(SignInFixture.ConsoleId, fixture.ConsoleRedirect, Scopes);
        var done = await browser.LogInAsync(await browser.GetAsync(url), user.Name, SignInFixture.Password);
        return (done.Parameter("code")!, verifier);
    }
}
