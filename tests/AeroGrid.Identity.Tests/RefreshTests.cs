using System.Net;

namespace AeroGrid.Identity.Tests;

public sealed class RefreshTests(SignInFixture fixture) : IClassFixture<SignInFixture>
{
    [Fact]
    public async Task A_refresh_gives_new_tokens_for_either_audience()
    {
        var user = await fixture.AddUserAsync();
        var tokens = await fixture.SignInAsync(user);
        await fixture.Identity.Users.SetTenantsAsync(user.Name, ["demo", "sales"]);

        var (status, body) = await fixture.RefreshAsync(SignInFixture.ConsoleId, (string)tokens["refresh_token"]!, "openid aerogrid-apps");

        status.ShouldBe(HttpStatusCode.OK, body.ToString());
        var token = await fixture.Identity.ValidateAsync((string)body["access_token"]!, Audiences.Apps);
        token.Audiences.ShouldBe([Audiences.Apps]);
        token.GetPayloadValue<string[]>("tenants").ShouldBe(["demo", "sales"]);

        (_, body) = await fixture.RefreshAsync(SignInFixture.ConsoleId, (string)body["refresh_token"]!);
        await fixture.Identity.ValidateAsync((string)body["access_token"]!, Audiences.Api);
    }

    [Fact]
    public async Task A_replaced_token_works_for_a_moment_and_then_ends_the_grant()
    {
        var tokens = await fixture.SignInAsync(await fixture.AddUserAsync());
        var first = (string)tokens["refresh_token"]!;
        var second = (string)(await fixture.RefreshAsync(SignInFixture.ConsoleId, first)).Body["refresh_token"]!;

        // The answer with the second one may have been lost.
        (await fixture.RefreshAsync(SignInFixture.ConsoleId, first)).Status.ShouldBe(HttpStatusCode.OK);
        fixture.Time.Advance(TimeSpan.FromMinutes(1));

        var (status, body) = await fixture.RefreshAsync(SignInFixture.ConsoleId, first);
        status.ShouldBe(HttpStatusCode.BadRequest);
        ((string?)body["error"]).ShouldBe("invalid_grant");
        (await fixture.RefreshAsync(SignInFixture.ConsoleId, second)).Status.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Refreshes_side_by_side_leave_one_usable_grant()
    {
        var tokens = await fixture.SignInAsync(await fixture.AddUserAsync());
        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ =>
            fixture.RefreshAsync(SignInFixture.ConsoleId, (string)tokens["refresh_token"]!)));
        results.ShouldAllBe(r => r.Status == HttpStatusCode.OK);
        (await fixture.RefreshAsync(SignInFixture.ConsoleId, (string)results[3].Body["refresh_token"]!)).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_refresh_token_survives_a_restart()
    {
        var tokens = await fixture.SignInAsync(await fixture.AddUserAsync());
        await fixture.Identity.RestartAsync();
        (await fixture.RefreshAsync(SignInFixture.ConsoleId, (string)tokens["refresh_token"]!)).Status.ShouldBe(HttpStatusCode.OK);
        File.GetUnixFileMode(fixture.Identity.FileOf("grants.json")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task A_damaged_file_of_grants_is_put_aside()
    {
        var tokens = await fixture.SignInAsync(await fixture.AddUserAsync());
        await File.WriteAllTextAsync(fixture.Identity.FileOf("grants.json"), "[{");
        await fixture.Identity.RestartAsync();

        (await fixture.RefreshAsync(SignInFixture.ConsoleId, (string)tokens["refresh_token"]!)).Status.ShouldBe(HttpStatusCode.BadRequest);
        File.Exists(fixture.Identity.FileOf("grants.json.damaged")).ShouldBeTrue();
        await fixture.SignInAsync(await fixture.AddUserAsync());
    }

    [Fact]
    public async Task Revocation_a_new_password_and_removal_end_it()
    {
        var revoked = await fixture.SignInAsync(await fixture.AddUserAsync());
        var (status, body) = await fixture.Identity.PostAsync(
            "connect/revoke", ("client_id", SignInFixture.ConsoleId), ("token", (string)revoked["refresh_token"]!));
        status.ShouldBe(HttpStatusCode.OK, body.ToString());
        (await fixture.RefreshAsync(SignInFixture.ConsoleId, (string)revoked["refresh_token"]!)).Status.ShouldBe(HttpStatusCode.BadRequest);

        var user = await fixture.AddUserAsync();
        var old = await fixture.SignInAsync(user);
        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        await fixture.Identity.Users.SetPasswordAsync(user.Name, "another secret");
        (await fixture.RefreshAsync(SignInFixture.ConsoleId, (string)old["refresh_token"]!)).Status.ShouldBe(HttpStatusCode.BadRequest);

        var gone = await fixture.AddUserAsync();
        var last = await fixture.SignInAsync(gone);
        await fixture.Identity.Users.RemoveAsync(gone.Name);
        (await fixture.RefreshAsync(SignInFixture.ConsoleId, (string)last["refresh_token"]!)).Status.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Garbage_and_other_kinds_of_tokens_are_no_refresh_tokens()
    {
        var tokens = await fixture.SignInAsync(await fixture.AddUserAsync());
        foreach (var token in new[] { "garbage", (string)tokens["access_token"]!, (string)tokens["id_token"]! })
        {
            (await fixture.RefreshAsync(SignInFixture.ConsoleId, token)).Status.ShouldBe(HttpStatusCode.BadRequest);
        }

        (await fixture.RefreshAsync(SignInFixture.CliId, (string)tokens["refresh_token"]!)).Status.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task It_ends_when_nobody_uses_it_for_two_weeks()
    {
        var tokens = await fixture.SignInAsync(await fixture.AddUserAsync());
        fixture.Time.Advance(TimeSpan.FromDays(15));
        (await fixture.RefreshAsync(SignInFixture.ConsoleId, (string)tokens["refresh_token"]!)).Status.ShouldBe(HttpStatusCode.BadRequest);
    }
}
