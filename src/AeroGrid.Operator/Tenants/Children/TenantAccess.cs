using AeroGrid.Api;
using AeroGrid.Operator.Istio;

namespace AeroGrid.Operator.Tenants.Children;

/// <summary>Who may call a tenant's apps: whoever has a token of the platform's issuer, for apps, whose tenants have this one.</summary>
internal static class TenantAccess
{
    /// <summary>The claim with the tenants of a person.</summary>
    private const string TenantsClaim = "request.auth.claims[tenants]";

    public static RequestAuthentication Tokens(TenantRun run, OperatorOptions options)
    {
        var issuer = options.Issuer.ToString().TrimEnd('/');
        return new()
        {
            Metadata = run.Metadata(Names.TenantPolicy),
            Spec = new()
            {
                JwtRules =
                [
                    new()
                    {
                        Issuer = issuer,
                        JwksUri = (options.JwksUri ?? new Uri($"{issuer}/.well-known/jwks.json")).ToString(),
                        Audiences = [options.Audience],
                    },
                ],
            },
        };
    }

    /// <summary>An ALLOW policy without rules admits nothing: without it, a namespace whose other policies are deleted would be open.</summary>
    public static AuthorizationPolicy DenyByDefault(TenantRun run) => new()
    {
        Metadata = run.Metadata(Names.DenyByDefault),
        Spec = new(),
    };

    public static AuthorizationPolicy Members(TenantRun run, OperatorOptions options) => new()
    {
        Metadata = run.Metadata(Names.TenantAccess),
        Spec = new()
        {
            Action = "ALLOW",
            Rules =
            [
                new()
                {
                    From = [new() { Source = new() { RequestPrincipals = [$"{options.Issuer.ToString().TrimEnd('/')}/*"] } }],
                    When = [new() { Key = TenantsClaim, Values = [run.Name] }],
                },
            ],
        },
    };
}
