using System.Security.Cryptography;
using System.Text;

using AeroGrid.Gateway.Auth;
using AeroGrid.Gateway.Tests.Support;

using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.Tokens;

namespace AeroGrid.Gateway.Tests.Auth;

public sealed class TokenTests : IAsyncLifetime, IDisposable
{
    private readonly TestIssuer issuer = TestIssuer.Create();
    private readonly FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());
    private TokenValidators validators = null!;
    private TokenValidator validator = null!;

    public async ValueTask InitializeAsync()
    {
        await issuer.StartAsync();
        validators = new TokenValidators(100, time, NullLogger.Instance);
        validator = validators.Remote(issuer.Issuer, new(issuer.JwksUri), [Given.Audience]);
    }

    public ValueTask DisposeAsync() => issuer.DisposeAsync();

    public void Dispose() => validators.Dispose();

    [Theory]
    [InlineData(SecurityAlgorithms.RsaSha256)]
    [InlineData(SecurityAlgorithms.RsaSha384)]
    [InlineData(SecurityAlgorithms.RsaSha512)]
    [InlineData(SecurityAlgorithms.RsaSsaPssSha256)]
    [InlineData(SecurityAlgorithms.RsaSsaPssSha384)]
    [InlineData(SecurityAlgorithms.RsaSsaPssSha512)]
    public async Task RSA_signatures_are_accepted(string algorithm) => (await CheckAsync(issuer.Token(algorithm: algorithm))).ShouldBe(TokenFailure.None);

    [Theory]
    [InlineData(SecurityAlgorithms.EcdsaSha256, "nistP256")]
    [InlineData(SecurityAlgorithms.EcdsaSha384, "nistP384")]
    [InlineData(SecurityAlgorithms.EcdsaSha512, "nistP521")]
    public async Task ECDSA_signatures_are_accepted(string algorithm, string curve)
    {
        issuer.Rotate(TestIssuer.Ec("ec", ECCurve.CreateFromFriendlyName(curve)));
        (await CheckAsync(issuer.Token(algorithm: algorithm))).ShouldBe(TokenFailure.None);
    }

    [Fact]
    public async Task Algorithm_none_is_refused()
    {
        var parts = issuer.Token().Split('.');
        foreach (var none in (string[])["none", "None", "NONE", ""])
        {
            var header = Base64UrlEncoder.Encode($$"""{"alg":"{{none}}","typ":"JWT","kid":"first"}""");
            (await CheckAsync($"{header}.{parts[1]}.")).ShouldBe(TokenFailure.Algorithm);
            (await CheckAsync($"{header}.{parts[1]}.{parts[2]}")).ShouldBe(TokenFailure.Algorithm);
        }
    }

    [Fact]
    public async Task A_public_key_is_no_secret_for_HMAC()
    {
        var rsa = ((RsaSecurityKey)issuer.SigningKey).Rsa;
        byte[][] secrets = [Encoding.ASCII.GetBytes(rsa.ExportSubjectPublicKeyInfoPem()), rsa.ExportSubjectPublicKeyInfo(), rsa.ExportParameters(false).Modulus!, Encoding.UTF8.GetBytes(issuer.Jwks)];
        foreach (var secret in secrets)
        {
            var token = issuer.Token(algorithm: SecurityAlgorithms.HmacSha256, key: new SymmetricSecurityKey(secret) { KeyId = "first" });
            (await CheckAsync(token)).ShouldBe(TokenFailure.Algorithm);
        }
    }

    [Fact]
    public async Task A_published_symmetric_key_is_not_used()
    {
        issuer.Rotate(new SymmetricSecurityKey(RandomNumberGenerator.GetBytes(32)) { KeyId = "shared" });
        (await CheckAsync(issuer.Token(algorithm: SecurityAlgorithms.HmacSha256))).ShouldBe(TokenFailure.Algorithm);
    }

    [Fact]
    public async Task A_weak_RSA_key_is_not_used()
    {
        issuer.Rotate(TestIssuer.Rsa("weak", 1024));
        var token = issuer.Token(key: new RsaSecurityKey(((RsaSecurityKey)issuer.SigningKey).Rsa) { KeyId = "weak" });
        (await CheckAsync(token)).ShouldBe(TokenFailure.UnknownKey);
    }

    [Theory]
    [InlineData("")]
    [InlineData("garbage")]
    [InlineData("a.b.c")]
    [InlineData("..")]
    [InlineData("eyJhbGciOiJSUzI1NiJ9..")]
    [InlineData("eyJhbGciOiJSUzI1NiJ9.bm90IGpzb24.c2ln")]
    [InlineData("eyJhbGciOiJSUzI1NiJ9.W10.c2ln")]
    [InlineData("bnVsbA.bnVsbA.c2ln")]
    [InlineData("a.b.c.d.e")]
    [InlineData("💥.💥.💥")]
    public async Task Garbage_is_refused_and_harms_nobody(string token) =>
        (await CheckAsync(token)).ShouldBeOneOf(TokenFailure.Malformed, TokenFailure.Algorithm, TokenFailure.Issuer);

    [Fact]
    public async Task A_huge_token_is_refused() => (await CheckAsync(issuer.Token(claims: new() { ["fat"] = new string('x', 20_000) }))).ShouldBe(TokenFailure.Malformed);

    [Fact]
    public async Task Every_change_of_a_token_breaks_it()
    {
        var parts = issuer.Token().Split('.');
        var other = issuer.Token(tenants: ["demo", "other"]).Split('.');
        (await CheckAsync($"{parts[0]}.{other[1]}.{parts[2]}")).ShouldBe(TokenFailure.Signature);
        (await CheckAsync($"{parts[0]}.{parts[1]}.{Base64UrlEncoder.Encode(new byte[256])}")).ShouldBe(TokenFailure.Signature);
        (await CheckAsync($"{parts[0]}.{parts[1]}.")).ShouldBe(TokenFailure.Signature);
    }

    [Fact]
    public async Task Another_key_of_the_same_name_is_refused() =>
        (await CheckAsync(issuer.Token(key: TestIssuer.Rsa("first")))).ShouldBe(TokenFailure.Signature);

    [Fact]
    public async Task Issuer_audience_and_subject_must_be_right()
    {
        (await CheckAsync(issuer.Token(issuer: issuer.Issuer + "/"))).ShouldBe(TokenFailure.Issuer);
        (await CheckAsync(issuer.Token(issuer: "https://evil.test"))).ShouldBe(TokenFailure.Issuer);
        (await CheckAsync(issuer.Token(audience: "aerogrid-api"))).ShouldBe(TokenFailure.Audience);
        (await CheckAsync(issuer.Token(audience: null))).ShouldBe(TokenFailure.Audience);
        (await CheckAsync(issuer.Token(subject: ""))).ShouldBe(TokenFailure.Subject);
        (await CheckAsync(issuer.Token(audience: null, claims: new() { ["aud"] = new[] { "other", Given.Audience } }))).ShouldBe(TokenFailure.None);
    }

    [Theory]
    [InlineData("at+jwt", TokenFailure.None)]
    [InlineData("application/at+jwt", TokenFailure.None)]
    [InlineData("JWT", TokenFailure.None)]
    [InlineData("logout+jwt", TokenFailure.Type)]
    [InlineData("dpop+jwt", TokenFailure.Type)]
    public async Task Only_access_tokens_are_accepted(string type, object expected) => (await CheckAsync(issuer.Token(type: type))).ShouldBe((TokenFailure)expected);

    [Fact]
    public async Task Critical_extensions_are_refused()
    {
        var parts = issuer.Token().Split('.');
        var header = Base64UrlEncoder.Encode("""{"alg":"RS256","kid":"first","crit":["b64"],"b64":false}""");
        (await CheckAsync($"{header}.{parts[1]}.{parts[2]}")).ShouldBe(TokenFailure.Malformed);
    }

    [Fact]
    public async Task Keys_that_a_token_brings_along_are_not_used()
    {
        using var evil = RSA.Create(2048);
        var parts = issuer.Token().Split('.');
        var jwk = JsonWebKeyConverter.ConvertFromRSASecurityKey(new RsaSecurityKey(evil.ExportParameters(false)));
        var header = Base64UrlEncoder.Encode($$"""{"alg":"RS256","jwk":{"kty":"RSA","n":"{{jwk.N}}","e":"{{jwk.E}}"},"jku":"{{issuer.Issuer}}/evil"}""");
        var signature = evil.SignData(Encoding.ASCII.GetBytes($"{header}.{parts[1]}"), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        (await CheckAsync($"{header}.{parts[1]}.{Base64UrlEncoder.Encode(signature)}")).ShouldBe(TokenFailure.Signature);
    }

    [Fact]
    public async Task A_token_is_good_until_its_end_and_a_minute_longer_also_from_the_cache()
    {
        var token = issuer.Token(now: time.GetUtcNow(), lifetime: TimeSpan.FromMinutes(5));
        (await CheckAsync(token)).ShouldBe(TokenFailure.None);
        validator.TryGetCached(TokenCache.Digest.Of(token), out _).ShouldBeTrue();

        time.Advance(TimeSpan.FromMinutes(5) + TimeSpan.FromSeconds(55));
        validator.TryGetCached(TokenCache.Digest.Of(token), out _).ShouldBeTrue();
        (await CheckAsync(token)).ShouldBe(TokenFailure.None);

        time.Advance(TimeSpan.FromSeconds(6));
        validator.TryGetCached(TokenCache.Digest.Of(token), out _).ShouldBeFalse();
        (await CheckAsync(token)).ShouldBe(TokenFailure.Expired);
    }

    [Fact]
    public async Task A_token_from_the_future_is_not_valid_yet()
    {
        (await CheckAsync(issuer.Token(now: time.GetUtcNow().AddSeconds(50)))).ShouldBe(TokenFailure.None);
        (await CheckAsync(issuer.Token(now: time.GetUtcNow().AddSeconds(70)))).ShouldBe(TokenFailure.NotYetValid);
    }

    [Fact]
    public async Task A_token_without_an_end_is_refused() =>
        (await CheckAsync(issuer.Token(lifetime: Timeout.InfiniteTimeSpan))).ShouldBe(TokenFailure.Expired);

    [Fact]
    public async Task A_new_key_is_found_when_a_token_names_it()
    {
        (await CheckAsync(issuer.Token())).ShouldBe(TokenFailure.None);
        time.Advance(RemoteKeySource.MinimumInterval);
        issuer.Rotate(TestIssuer.Ec("second"));

        (await CheckAsync(issuer.Token(algorithm: SecurityAlgorithms.EcdsaSha256))).ShouldBe(TokenFailure.None);
        issuer.Fetches.ShouldBe(2);
    }

    [Fact]
    public async Task Tokens_with_invented_keys_do_not_make_the_gateway_hammer_the_issuer()
    {
        (await CheckAsync(issuer.Token())).ShouldBe(TokenFailure.None);
        for (var i = 0; i < 50; i++)
        {
            time.Advance(TimeSpan.FromMilliseconds(200));
            (await CheckAsync(issuer.Token(key: TestIssuer.Ec($"invented-{i}"), algorithm: SecurityAlgorithms.EcdsaSha256))).ShouldBe(TokenFailure.UnknownKey);
        }

        // Ten seconds: the first fetch and two more.
        issuer.Fetches.ShouldBeLessThanOrEqualTo(3);
    }

    [Fact]
    public async Task Requests_at_the_same_time_share_one_fetch()
    {
        var tokens = Enumerable.Range(0, 20).Select(i => issuer.Token($"user-{i}")).ToList();
        (await Task.WhenAll(tokens.Select(CheckAsync))).ShouldAllBe(failure => failure == TokenFailure.None);
        issuer.Fetches.ShouldBe(1);
    }

    [Fact]
    public async Task A_withdrawn_key_takes_its_cached_tokens_with_it()
    {
        var token = issuer.Token(lifetime: TimeSpan.FromHours(1));
        (await CheckAsync(token)).ShouldBe(TokenFailure.None);
        issuer.Rotate(TestIssuer.Rsa("second"), keepOld: false);
        time.Advance(RemoteKeySource.FreshFor);

        // Somebody's request finds the keys old and starts fetching them.
        (await CheckAsync(issuer.Token())).ShouldBe(TokenFailure.None);

        validator.TryGetCached(TokenCache.Digest.Of(token), out _).ShouldBeFalse();
        (await CheckAsync(token)).ShouldBe(TokenFailure.UnknownKey);
    }

    [Fact]
    public async Task While_the_issuer_is_away_its_known_keys_stay_good()
    {
        (await CheckAsync(issuer.Token())).ShouldBe(TokenFailure.None);
        issuer.IsAway = true;
        time.Advance(TimeSpan.FromHours(3));
        (await CheckAsync(issuer.Token("bob", now: time.GetUtcNow()))).ShouldBe(TokenFailure.None);
    }

    [Fact]
    public async Task An_issuer_that_was_never_there_is_not_the_callers_fault_and_is_asked_again()
    {
        issuer.IsAway = true;
        (await CheckAsync(issuer.Token())).ShouldBe(TokenFailure.IssuerUnavailable);
        issuer.IsAway = false;
        (await CheckAsync(issuer.Token())).ShouldBe(TokenFailure.IssuerUnavailable);
        time.Advance(TimeSpan.FromSeconds(1));
        (await CheckAsync(issuer.Token())).ShouldBe(TokenFailure.None);
    }

    [Fact]
    public async Task Without_an_address_the_keys_are_discovered()
    {
        validator = validators.Remote(issuer.Issuer, null, [Given.Audience]);
        (await CheckAsync(issuer.Token())).ShouldBe(TokenFailure.None);
        issuer.Discoveries.ShouldBe(1);
    }

    [Fact]
    public async Task A_discovery_document_of_another_issuer_is_not_believed()
    {
        issuer.DiscoveredIssuer = "https://evil.test";
        validator = validators.Remote(issuer.Issuer, null, [Given.Audience]);
        (await CheckAsync(issuer.Token())).ShouldBe(TokenFailure.IssuerUnavailable);
        issuer.Fetches.ShouldBe(0);
    }

    [Fact]
    public async Task Claims_are_read_at_any_depth()
    {
        var token = issuer.Token(claims: new()
        {
            ["scope"] = "read write",
            ["admin"] = true,
            ["realm"] = new Dictionary<string, object> { ["roles"] = new[] { "a", "b" } },
        });
        var identity = (await validator.ValidateAsync(token, TokenCache.Digest.Of(token), default)).Identity!;

        identity.Principal.ShouldBe($"{issuer.Issuer}/alice");
        identity.Claims["[tenants]"].ShouldBe(["demo"]);
        identity.Claims["[scope]"].ShouldBe(["read", "write"]);
        identity.Claims["[realm][roles]"].ShouldBe(["a", "b"]);
        identity.Claims.Keys.ShouldNotContain("[admin]");
    }

    [Fact]
    public void The_cache_is_bounded_and_keeps_what_is_used()
    {
        var cache = new TokenCache(100);
        var identity = new TokenIdentity("i", "s", DateTimeOffset.MaxValue, new Dictionary<string, string[]>());
        var used = TokenCache.Digest.Of("used");
        cache.Add(used, identity);
        for (var i = 0; i < 10_000; i++)
        {
            cache.Add(TokenCache.Digest.Of($"{i}"), identity);
            cache.Find(used).ShouldNotBeNull();
        }

        cache.Count.ShouldBeLessThanOrEqualTo(101);
        cache.Find(TokenCache.Digest.Of("0")).ShouldBeNull();
    }

    private async Task<TokenFailure> CheckAsync(string token) => (await validator.ValidateAsync(token, TokenCache.Digest.Of(token), default)).Failure;
}
