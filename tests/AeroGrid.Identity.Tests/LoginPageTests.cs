using System.Net;

namespace AeroGrid.Identity.Tests;

public sealed class LoginPageTests(SignInFixture fixture) : IClassFixture<SignInFixture>
{
    [Fact]
    public async Task Guessing_a_password_is_slowed_down_and_then_possible_again()
    {
        var user = await fixture.AddUserAsync();
        using var browser = new Browser(fixture.Identity);
        var page = await LoginAsync(browser);
        for (var i = 0; i < 5; i++)
        {
            page = await browser.LogInAsync(page, user.Name, "wrong");
            page.Status.ShouldBe(HttpStatusCode.Unauthorized);
            page.Html.ShouldContain("User name or password is wrong.");
        }

        page = await browser.LogInAsync(page, user.Name, SignInFixture.Password);
        page.Status.ShouldBe(HttpStatusCode.TooManyRequests);
        page.Headers.ShouldContain("Retry-After: 5");

        fixture.Time.Advance(TimeSpan.FromSeconds(6));
        (await browser.LogInAsync(page, user.Name, SignInFixture.Password)).Left.ShouldNotBeNull();
    }

    [Fact]
    public async Task Guesses_side_by_side_count_all()
    {
        var user = await fixture.AddUserAsync();
        using var browser = new Browser(fixture.Identity);
        var page = await LoginAsync(browser);
        var results = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => browser.LogInAsync(page, user.Name, "wrong")));
        results.Count(r => r.Status == HttpStatusCode.Unauthorized).ShouldBe(5);
        results.Count(r => r.Status == HttpStatusCode.TooManyRequests).ShouldBe(25);
    }

    [Fact]
    public async Task Users_that_do_not_exist_look_the_same()
    {
        using var browser = new Browser(fixture.Identity);
        var page = await browser.LogInAsync(await LoginAsync(browser), "nobody-of-this-name", "whatever");
        page.Status.ShouldBe(HttpStatusCode.Unauthorized);
        page.Html.ShouldContain("User name or password is wrong.");
    }

    [Fact]
    public async Task A_form_from_another_origin_or_without_its_token_is_refused()
    {
        var user = await fixture.AddUserAsync();
        using var browser = new Browser(fixture.Identity);
        var page = await LoginAsync(browser);
        var own = browser.Origin;
        foreach (var origin in new[] { "http://localhost:8080", "null", "https://evil.example" })
        {
            browser.Origin = origin;
            (await browser.LogInAsync(page, user.Name, SignInFixture.Password)).Status.ShouldBe(HttpStatusCode.BadRequest);
        }

        browser.Origin = own;
        var withoutToken = page with { Html = page.Html.Replace("__RequestVerificationToken", "something") };
        (await browser.LogInAsync(withoutToken, user.Name, SignInFixture.Password)).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await browser.LogInAsync(page, user.Name, SignInFixture.Password)).Left.ShouldNotBeNull();
    }

    [Fact]
    public async Task The_page_has_no_script_and_may_not_be_framed()
    {
        using var browser = new Browser(fixture.Identity);
        var page = await LoginAsync(browser);
        page.Html.ShouldNotContain("<script");
        page.Html.ShouldNotContain("style=");
        page.Headers.ShouldContain("default-src 'none'");
        page.Headers.ShouldContain("frame-ancestors 'none'");
        page.Headers.ShouldContain($"form-action 'self' http://localhost:{fixture.Identity.Port};");
        page.Headers.ShouldContain("no-store");
        page.Html.ShouldContain("<html lang=\"en\">");
        page.Html.ShouldContain("autocomplete=\"current-password\"");
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example/")]
    [InlineData("/identity/../evil")]
    [InlineData("/identity/connect/authorize")]
    [InlineData("/api/v1/namespaces")]
    public async Task The_login_leads_nowhere_else(string back)
    {
        var user = await fixture.AddUserAsync();
        using var browser = new Browser(fixture.Identity);
        var page = await browser.GetAsync("/identity/login?return=" + Uri.EscapeDataString(back));
        var done = await browser.LogInAsync(page, user.Name, SignInFixture.Password);
        done.Left.ShouldBeNull();
        done.Html.ShouldContain("Code that the device shows");
    }

    [Fact]
    public async Task What_people_type_is_shown_as_text()
    {
        using var browser = new Browser(fixture.Identity);
        var page = await browser.LogInAsync(await LoginAsync(browser), "\"><script>alert(1)</script>", "x");
        page.Html.ShouldNotContain("<script>");
        page.Html.ShouldContain("&lt;script&gt;");
    }

    [Fact]
    public async Task Signing_out_ends_the_session_after_a_question()
    {
        var user = await fixture.AddUserAsync();
        using var browser = new Browser(fixture.Identity);
        const string url = "/identity/device";
        await browser.LogInAsync(await browser.GetAsync(url), user.Name, SignInFixture.Password);

        var back = $"http://localhost:{fixture.Identity.Port}/";
        var question = await browser.GetAsync($"/identity/connect/endsession?client_id=aerogrid-console&post_logout_redirect_uri={Uri.EscapeDataString(back)}");
        question.Html.ShouldContain("Sign out?");
        var done = await browser.SubmitAsync(question);
        done.Left!.ToString().ShouldStartWith(back);
        (await browser.GetAsync(url)).Html.ShouldContain("password");

        var evil = await browser.GetAsync("/identity/connect/endsession?client_id=aerogrid-console&post_logout_redirect_uri=http%3A%2F%2Fevil.example");
        evil.Status.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_new_password_ends_sessions()
    {
        var user = await fixture.AddUserAsync();
        using var browser = new Browser(fixture.Identity);
        const string url = "/identity/device";
        await browser.LogInAsync(await browser.GetAsync(url), user.Name, SignInFixture.Password);
        fixture.Time.Advance(TimeSpan.FromSeconds(5));
        await fixture.Identity.Users.SetPasswordAsync(user.Name, "another secret");
        (await browser.GetAsync(url)).Html.ShouldContain("password");
    }

    [Fact]
    public async Task Userinfo_tells_who_an_api_token_is_and_nothing_to_an_apps_token()
    {
        var user = await fixture.AddUserAsync();
        var api = (string)(await fixture.Identity.ExchangeAsync(user.Name, Audiences.Api)).Body["access_token"]!;
        var apps = (string)(await fixture.Identity.ExchangeAsync(user.Name, Audiences.Apps)).Body["access_token"]!;
        (await UserInfoAsync(api)).ShouldBe((HttpStatusCode.OK, user.Name));
        (await UserInfoAsync(apps)).Status.ShouldBe(HttpStatusCode.Unauthorized);
        (await UserInfoAsync("garbage")).Status.ShouldBe(HttpStatusCode.Unauthorized);
    }

    private async Task<(HttpStatusCode Status, string? Name)> UserInfoAsync(string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/identity/connect/userinfo");
        request.Headers.Authorization = new("Bearer", token);
        using var response = await fixture.Identity.Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return (response.StatusCode, response.IsSuccessStatusCode ? (string?)System.Text.Json.Nodes.JsonNode.Parse(text)!["preferred_username"] : null);
    }

    private Task<VisitedPage> LoginAsync(Browser browser) =>
        browser.GetAsync(fixture.Request(SignInFixture.ConsoleId, fixture.ConsoleRedirect, "openid").Url);
}
