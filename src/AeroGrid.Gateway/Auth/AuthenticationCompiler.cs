using AeroGrid.Gateway.Policies;
using AeroGrid.Gateway.Resources;

namespace AeroGrid.Gateway.Auth;

/// <summary>
/// Turns RequestAuthentications into rules. A jwtRule that cannot be used is left out, which can only take access away: its tokens are then
/// of no known issuer.
/// </summary>
internal sealed class AuthenticationCompiler(TokenValidators validators)
{
    public CompiledAuthentication Compile(RequestAuthentication authentication, UnsupportedFields unsupported)
    {
        unsupported.Add("spec", authentication.Spec.Unknown);
        var rules = new List<JwtRule>();
        for (var i = 0; i < (authentication.Spec.JwtRules?.Count ?? 0); i++)
        {
            if (Rule(authentication.Spec.JwtRules![i], $"spec.jwtRules[{i}]", unsupported) is { } rule)
                rules.Add(rule);
        }

        return new(authentication, rules);
    }

    private JwtRule? Rule(JwtRuleSpec spec, string path, UnsupportedFields unsupported)
    {
        unsupported.Add(path, spec.Unknown);
        if (string.IsNullOrEmpty(spec.Issuer))
        {
            unsupported.Add($"{path}.issuer", "empty");
            return null;
        }

        if (spec.FromParams is { Count: > 0 })
            unsupported.Add($"{path}.fromParams", string.Join(' ', spec.FromParams));
        if (spec.FromCookies is { Count: > 0 })
            unsupported.Add($"{path}.fromCookies", string.Join(' ', spec.FromCookies));
        if (spec.Audiences is null or { Count: 0 })
            unsupported.Add($"{path}.audiences", "empty: every token of the issuer is accepted, whomever it is for (RFC 8725 section 3.9)");
        if (Validator(spec, path, unsupported) is not { } validator)
            return null;

        // Places other than headers replace the standard place too, even though they are not looked at.
        List<TokenLocation> locations = spec.FromHeaders switch
        {
            { Count: > 0 } headers => [.. headers.Where(header => !string.IsNullOrEmpty(header.Name)).Select(header => new TokenLocation(header.Name!, header.Prefix ?? ""))],
            _ when spec.FromParams is { Count: > 0 } || spec.FromCookies is { Count: > 0 } => [],
            _ => [TokenLocation.Standard],
        };
        return new(spec.Issuer, validator, locations, spec.ForwardOriginalToken ?? false);
    }

    private TokenValidator? Validator(JwtRuleSpec spec, string path, UnsupportedFields unsupported)
    {
        string[] audiences = [.. spec.Audiences ?? []];
        if (!string.IsNullOrEmpty(spec.Jwks))
        {
            try
            {
                return validators.Inline(spec.Issuer!, KeySet.Parse(spec.Jwks), audiences);
            }
            catch (InvalidDataException e)
            {
                unsupported.Add($"{path}.jwks", e.Message);
                return null;
            }
        }

        if ((spec.JwksUri ?? spec.JwksUriOlder) is not { Length: > 0 } address)
        {
            if (IsHttp(spec.Issuer!, out _))
                return validators.Remote(spec.Issuer!, null, audiences);
            unsupported.Add($"{path}.issuer", "not an address, so its keys cannot be discovered: set jwksUri");
            return null;
        }

        if (IsHttp(address, out var uri))
            return validators.Remote(spec.Issuer!, uri, audiences);
        unsupported.Add($"{path}.jwksUri", address);
        return null;
    }

    private static bool IsHttp(string text, out Uri? address) =>
        Uri.TryCreate(text, UriKind.Absolute, out address) && address.Scheme is "http" or "https";
}
