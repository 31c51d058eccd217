using System.Text;
using System.Text.Json.Nodes;
using AeroGrid.Client.Errors;
using AeroGrid.Client.Tokens;

namespace AeroGrid.Client.Tests.Tokens;

public sealed class SignInTests(IssuerFixture fixture) : IClassFixture<IssuerFixture>
{
    /// <summary>The person's browser, which goes on by itself.</summary>
    private Task? _answering;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_person_signs_in_in_the_browser_and_gets_tokens_of_both_audiences()
    {
        var pages = 0;
        var answer = "";
        using var tokens = new BrowserTokenProvider(fixture.Options, (page, cancellationToken) =>
        {
            pages++;
            _answering = Task.Run(async () => answer = await fixture.AnswerAsync(page, "aerogrid_decision", "allow"), cancellationToken);
            return Task.CompletedTask;
        });

        var apps = await tokens.GetTokenAsync(new TokenRequest(TokenAudiences.Apps), Token);
        var api = await tokens.GetTokenAsync(new TokenRequest(TokenAudiences.Api), Token);

        AudienceOf(apps).ShouldBe(TokenAudiences.Apps);
        AudienceOf(api).ShouldBe(TokenAudiences.Api);
        pages.ShouldBe(1);
        await TestKit.Eventually.True(() => answer.Contains("Signed in", StringComparison.Ordinal), "the browser shows that it is done");
    }

    [Fact]
    public async Task A_token_is_kept_until_it_is_about_to_end_or_was_refused()
    {
        var pages = 0;
        using var tokens = Browser(() => pages++);
        var request = new TokenRequest(TokenAudiences.Apps);
        var first = await tokens.GetTokenAsync(request, Token);

        (await tokens.GetTokenAsync(request, Token)).ShouldBeSameAs(first);
        (await tokens.GetTokenAsync(request with { Rejected = first.Value }, Token)).ShouldNotBe(first);
        var second = await tokens.GetTokenAsync(request, Token);
        fixture.Time.Advance(second.ExpiresAt!.Value - fixture.Time.GetUtcNow() - TimeSpan.FromSeconds(30));
        (await tokens.GetTokenAsync(request, Token)).ShouldNotBe(second);
        pages.ShouldBe(1);
    }

    [Fact]
    public async Task Many_who_ask_at_the_same_time_make_one_sign_in()
    {
        var pages = 0;
        using var tokens = Browser(() => pages++);

        var got = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => tokens.GetTokenAsync(new TokenRequest(TokenAudiences.Apps), Token).AsTask()));

        got.Distinct().Count().ShouldBe(1);
        pages.ShouldBe(1);
    }

    [Fact]
    public async Task A_cache_spares_the_next_process_the_sign_in_until_signing_out()
    {
        var cache = new MemoryCache();
        var pages = 0;
        using (var first = Browser(() => pages++, cache))
        {
            await first.GetTokenAsync(new TokenRequest(TokenAudiences.Api), Token);
        }

        using var second = Browser(() => pages++, cache);
        await second.GetTokenAsync(new TokenRequest(TokenAudiences.Api), Token);
        pages.ShouldBe(1);

        await second.SignOutAsync(Token);
        cache.Kept.ShouldBeNull();
        await second.GetTokenAsync(new TokenRequest(TokenAudiences.Api), Token);
        pages.ShouldBe(2);
    }

    [Fact]
    public async Task A_refresh_token_that_is_not_accepted_any_more_means_a_new_sign_in()
    {
        var cache = new MemoryCache { Kept = "worthless" };
        var pages = 0;
        using var tokens = Browser(() => pages++, cache);

        await tokens.GetTokenAsync(new TokenRequest(TokenAudiences.Api), Token);

        pages.ShouldBe(1);
    }

    [Fact]
    public async Task A_person_who_says_no_gives_no_token()
    {
        using var tokens = new BrowserTokenProvider(fixture.Options, (page, _) =>
        {
            _answering = fixture.AnswerAsync(page, "aerogrid_decision", "deny");
            return Task.CompletedTask;
        });

        (await Should.ThrowAsync<SignInException>(async () => await tokens.GetTokenAsync(new TokenRequest(TokenAudiences.Api), Token))).Message.ShouldContain("denied");
    }

    [Fact]
    public async Task Other_requests_to_the_loopback_address_are_ignored()
    {
        using var tokens = new BrowserTokenProvider(fixture.Options, async (page, cancellationToken) =>
        {
            var redirect = new Uri(System.Web.HttpUtility.ParseQueryString(page.Query)["redirect_uri"]!);
            using var http = new HttpClient(new SocketsHttpHandler());
            foreach (var path in new[] { "/", "/callback", "/callback?code=stolen&state=guessed" })
            {
                using var response = await http.GetAsync(new Uri(redirect, path), cancellationToken);
                ((int)response.StatusCode).ShouldBe(404);
            }

            using var posted = await http.PostAsync(redirect, null, cancellationToken);
            ((int)posted.StatusCode).ShouldBe(404);
            _answering = fixture.AnswerAsync(page, "aerogrid_decision", "allow");
        });

        (await tokens.GetTokenAsync(new TokenRequest(TokenAudiences.Api), Token)).Value.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task A_person_allows_a_device_by_its_code()
    {
        using var tokens = new DeviceCodeTokenProvider(fixture.Options, async (code, _) =>
        {
            code.UserCode.ShouldMatch("^[A-Z]{4}-[A-Z]{4}$");
            (await fixture.AnswerAsync(code.VerificationUriComplete!, "decision", "allow")).ShouldContain("Done");
        });

        var token = await WhileTimePassesAsync(tokens.GetTokenAsync(new TokenRequest(TokenAudiences.Apps), Token).AsTask());

        AudienceOf(token).ShouldBe(TokenAudiences.Apps);
    }

    [Fact]
    public async Task A_device_that_is_denied_and_one_that_nobody_answers_are_told_so()
    {
        using var denied = new DeviceCodeTokenProvider(fixture.Options, (code, _) => fixture.AnswerAsync(code.VerificationUriComplete!, "decision", "deny"));
        (await Should.ThrowAsync<SignInException>(() => WhileTimePassesAsync(denied.GetTokenAsync(new TokenRequest(TokenAudiences.Api), Token).AsTask()))).Message.ShouldContain("denied");

        using var forgotten = new DeviceCodeTokenProvider(fixture.Options, (_, _) => Task.CompletedTask);
        (await Should.ThrowAsync<SignInException>(() => WhileTimePassesAsync(forgotten.GetTokenAsync(new TokenRequest(TokenAudiences.Api), Token).AsTask()))).Message.ShouldContain("in time");
    }

    [Fact]
    public async Task An_issuer_that_is_not_there_or_not_safe_is_told_so()
    {
        using var away = new BrowserTokenProvider(fixture.Options with { Issuer = new Uri($"http://localhost:{TestKit.RunningPlatform.FreePort()}/identity") });
        (await Should.ThrowAsync<UnreachableException>(async () => await away.GetTokenAsync(new TokenRequest(TokenAudiences.Api), Token))).Message.ShouldContain("is the platform running?");

        Should.Throw<SignInException>(() => new BrowserTokenProvider(fixture.Options with { Issuer = new Uri("http://issuer.example.org/") })).Message.ShouldContain("https");
    }

    [Fact]
    public void A_token_does_not_show_itself() => new AccessToken("secret").ToString().ShouldNotContain("secret");

    private BrowserTokenProvider Browser(Action opened, ITokenCache? cache = null) => new(fixture.Options with { Cache = cache }, (page, _) =>
    {
        opened();
        _answering = fixture.AnswerAsync(page, "aerogrid_decision", "allow");
        return Task.CompletedTask;
    });

    /// <summary>Polling waits on the clock of the test, which goes on while it does.</summary>
    private async Task<T> WhileTimePassesAsync<T>(Task<T> task)
    {
        while (await Task.WhenAny(task, Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Token)) != task)
        {
            fixture.Time.Advance(TimeSpan.FromSeconds(2));
        }

        return await task;
    }

    private static string AudienceOf(AccessToken token) =>
        (string)JsonNode.Parse(Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(token.Value.Split('.')[1])))!["aud"]!;

    private sealed class MemoryCache : ITokenCache
    {
        public string? Kept { get; set; }

        public ValueTask<string?> ReadAsync(Uri issuer, CancellationToken cancellationToken) => ValueTask.FromResult(Kept);

        public ValueTask WriteAsync(Uri issuer, string? refreshToken, CancellationToken cancellationToken)
        {
            Kept = refreshToken;
            return ValueTask.CompletedTask;
        }
    }
}
