using System.Net;
using System.Text.Json.Nodes;
using AeroGrid.Identity.Users;

namespace AeroGrid.Identity.Tests;

public sealed class DeviceFlowTests(SignInFixture fixture) : IClassFixture<SignInFixture>
{
    [Fact]
    public async Task A_person_allows_a_device_by_its_code()
    {
        var user = await fixture.AddUserAsync();
        var device = await BeginAsync();
        ((string)device["user_code"]!).ShouldMatch("^[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}$");
        ((string)device["verification_uri"]!).ShouldBe(fixture.Identity.Issuer + "/device");
        ((string)device["verification_uri_complete"]!).ShouldEndWith("?user_code=" + (string)device["user_code"]!);
        ((int)device["interval"]!).ShouldBe(2);
        ((int)device["expires_in"]!).ShouldBeInRange(595, 600);
        ((string?)(await PollAsync(device)).Body["error"]).ShouldBe("authorization_pending");
        ((string?)(await PollAsync(device)).Body["error"]).ShouldBe("slow_down");

        using var browser = new Browser(fixture.Identity);
        (await DecideAsync(browser, user, (string)device["verification_uri_complete"]!, "allow")).Html.ShouldContain("<h1>Done</h1>");

        var (status, body) = await PollAsync(device);
        status.ShouldBe(HttpStatusCode.OK, body.ToString());
        var token = await fixture.Identity.ValidateAsync((string)body["access_token"]!, Audiences.Api);
        token.GetPayloadValue<string>("preferred_username").ShouldBe(user.Name);
        (await fixture.RefreshAsync(SignInFixture.CliId, (string)body["refresh_token"]!)).Status.ShouldBe(HttpStatusCode.OK);
        (await PollAsync(device)).Status.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_code_may_be_typed_in_any_way_people_type()
    {
        var user = await fixture.AddUserAsync();
        var device = await BeginAsync();
        using var browser = new Browser(fixture.Identity);
        var page = await browser.LogInAsync(await browser.GetAsync("/identity/device"), user.Name, SignInFixture.Password);
        page = await browser.SubmitAsync(page, ("user_code", " " + ((string)device["user_code"]!).ToLowerInvariant().Replace("-", " ") + " "));
        page.Html.ShouldContain((string)device["user_code"]!);
        (await browser.SubmitAsync(page, ("decision", "allow"))).Html.ShouldContain("<h1>Done</h1>");
        (await PollAsync(device)).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_denied_device_is_told_so()
    {
        var user = await fixture.AddUserAsync();
        var device = await BeginAsync();
        using var browser = new Browser(fixture.Identity);
        await DecideAsync(browser, user, (string)device["verification_uri_complete"]!, "deny");
        ((string?)(await PollAsync(device)).Body["error"]).ShouldBe("access_denied");
    }

    [Fact]
    public async Task A_code_nobody_allows_expires()
    {
        var device = await BeginAsync();
        fixture.Time.Advance(TimeSpan.FromMinutes(11));
        ((string?)(await PollAsync(device)).Body["error"]).ShouldBeOneOf("expired_token", "invalid_grant");
    }

    [Fact]
    public async Task Guessing_codes_is_slowed_down()
    {
        var user = await fixture.AddUserAsync();
        using var browser = new Browser(fixture.Identity);
        await browser.LogInAsync(await browser.GetAsync("/identity/device"), user.Name, SignInFixture.Password);
        for (var i = 0; i < 5; i++)
        {
            (await browser.GetAsync("/identity/device?user_code=BCDF-GHJK")).Status.ShouldBe(HttpStatusCode.BadRequest);
        }

        (await browser.GetAsync("/identity/device?user_code=BCDF-GHJK")).Status.ShouldBe(HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task A_device_code_belongs_to_its_client_and_others_may_not_begin()
    {
        var device = await BeginAsync();
        var (status, _) = await fixture.Identity.PostAsync(
            "connect/token",
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("client_id", SignInFixture.ConsoleId),
            ("device_code", (string)device["device_code"]!));
        status.ShouldBe(HttpStatusCode.BadRequest);
        (await fixture.Identity.PostAsync("connect/device", ("client_id", SignInFixture.ConsoleId))).Status.ShouldBe(HttpStatusCode.Unauthorized);
    }

    private async Task<JsonObject> BeginAsync()
    {
        var (status, body) = await fixture.Identity.PostAsync(
            "connect/device", ("client_id", SignInFixture.CliId), ("scope", "openid offline_access aerogrid-api"));
        status.ShouldBe(HttpStatusCode.OK, body.ToString());
        return body;
    }

    private Task<(HttpStatusCode Status, JsonObject Body)> PollAsync(JsonObject device) => fixture.Identity.PostAsync(
        "connect/token",
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("client_id", SignInFixture.CliId),
        ("device_code", (string)device["device_code"]!));

    private static async Task<VisitedPage> DecideAsync(Browser browser, LocalUser user, string url, string decision)
    {
        var question = await browser.LogInAsync(await browser.GetAsync(url), user.Name, SignInFixture.Password);
        question.Html.ShouldContain("AeroGrid command line");
        return await browser.SubmitAsync(question, ("decision", decision));
    }
}
