using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace AeroGrid.ApiServer.ServiceAccounts;

/// <summary>Makes tokens of service accounts, with the claims of kube-apiserver (k8s.io/kubernetes/pkg/serviceaccount/claims.go). Thread-safe.</summary>
internal sealed class ServiceAccountTokens(ServiceAccountKey key, TimeProvider time)
{
    /// <summary>
    /// The issuer of these tokens and the audience of this API server, as clusters have it. It is a name and no address: the port of a
    /// platform may change, and its tokens must not end with that.
    /// </summary>
    public const string Issuer = "https://kubernetes.default.svc.cluster.local";

    /// <summary>The claim with what the token is bound to.</summary>
    public const string BindingClaim = "kubernetes.io";

    private readonly JsonWebTokenHandler _handler = new();

    /// <summary>Makes a token.</summary>
    /// <param name="account">Whose.</param>
    /// <param name="uid">The account's uid.</param>
    /// <param name="audiences">For whom.</param>
    /// <param name="lifetime">How long from now.</param>
    /// <param name="binding">What it is bound to besides the account; null for nothing.</param>
    /// <returns>The token and when it ends.</returns>
    public (string Token, DateTimeOffset Expires) Make(
        ServiceAccountName account, string uid, IReadOnlyList<string> audiences, TimeSpan lifetime, TokenBinding? binding)
    {
        var now = time.GetUtcNow();
        var expires = DateTimeOffset.FromUnixTimeSeconds((now + lifetime).ToUnixTimeSeconds());
        var bound = new JsonObject
        {
            ["namespace"] = account.Namespace,
            ["serviceaccount"] = new JsonObject { ["name"] = account.Name, ["uid"] = uid },
        };
        if (binding is not null)
        {
            bound[binding.Claim] = new JsonObject { ["name"] = binding.Name, ["uid"] = binding.Uid };
        }

        var claims = new JsonObject
        {
            ["aud"] = new JsonArray([.. audiences.Select(a => JsonValue.Create(a))]),
            ["exp"] = expires.ToUnixTimeSeconds(),
            ["iat"] = now.ToUnixTimeSeconds(),
            ["iss"] = Issuer,
            ["jti"] = Guid.NewGuid().ToString(),
            [BindingClaim] = bound,
            ["nbf"] = now.ToUnixTimeSeconds(),
            ["sub"] = account.User,
        };
        return (_handler.CreateToken(claims.ToJsonString(), new SigningCredentials(key.Key, ServiceAccountKey.Algorithm)), expires);
    }
}
