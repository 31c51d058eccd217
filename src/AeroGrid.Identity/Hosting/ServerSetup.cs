using AeroGrid.Identity.Clients;
using AeroGrid.Identity.Grants;
using AeroGrid.Identity.Keys;
using AeroGrid.Identity.Tokens;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace AeroGrid.Identity.Hosting;

/// <summary>
/// OpenIddict without its database: clients are fixed, codes and refresh tokens carry their own content, and what has to be remembered is in
/// <see cref="GrantStore"/>. That starts in a fraction of the time and memory which an object-relational mapper needs.
/// </summary>
internal static class ServerSetup
{
    public static void AddServer(this IServiceCollection services, IdentityOptions options, KeyStore keys)
    {
        services.AddSingleton<RequestValidation>();
        services.AddSingleton<DeviceTokens>();
        services.AddSingleton<TokenRequests>();
        services.AddOpenIddict().AddServer(server =>
        {
            server.EnableDegradedMode();
            server.SetIssuer(options.Issuer);
            server.SetAuthorizationEndpointUris(Paths.Authorize)
                .SetTokenEndpointUris("connect/token")
                .SetDeviceAuthorizationEndpointUris("connect/device")
                .SetEndUserVerificationEndpointUris(Paths.Device)
                .SetUserInfoEndpointUris(Paths.UserInfo)
                .SetEndSessionEndpointUris(Paths.EndSession)
                .SetRevocationEndpointUris("connect/revoke")
                .SetJsonWebKeySetEndpointUris(".well-known/jwks.json");
            server.AllowAuthorizationCodeFlow().RequireProofKeyForCodeExchange();
            server.AllowDeviceAuthorizationFlow();
            server.AllowRefreshTokenFlow();
            server.AllowTokenExchangeFlow();
            server.RegisterScopes(AudienceScopes.All);
            server.RegisterAudiences(Audiences.Api, Audiences.Apps);
            server.RegisterClaims(Claims.PreferredUsername, Claims.Name, Claims.Email, Principals.GroupsClaim, Principals.TenantsClaim);
            server.DisableAccessTokenEncryption();
            server.SetAuthorizationCodeLifetime(GrantStore.CodeLifetime);
            server.SetDeviceCodeLifetime(DeviceCodes.Lifetime);
            server.SetUserCodeLifetime(DeviceCodes.Lifetime);
            server.SetIdentityTokenLifetime(options.ApiTokenLifetime);
            server.Configure(o => Restrict(o, options));
            AddHandlers(server);
            server.UseAspNetCore()
                // On loopback there is no TLS; the issuer never listens elsewhere.
                .DisableTransportSecurityRequirement()
                .EnableErrorPassthrough()
                .EnableAuthorizationEndpointPassthrough()
                .EnableEndUserVerificationEndpointPassthrough()
                .EnableEndSessionEndpointPassthrough()
                .EnableUserInfoEndpointPassthrough();
        });

        // The options are computed again after a rotation.
        services.AddSingleton<IConfigureOptions<OpenIddictServerOptions>>(new ConfigureOptions<OpenIddictServerOptions>(o => AddKeys(o, keys.Current)));
    }

    private static void Restrict(OpenIddictServerOptions server, IdentityOptions options)
    {
        server.TimeProvider = options.TimeProvider;
        // RFC 9700 section 2.1.1: never the code challenge method "plain".
        server.CodeChallengeMethods.Remove(CodeChallengeMethods.Plain);
        server.SubjectTokenTypes.Clear();
        server.SubjectTokenTypes.Add(LocalClient.UserNameTokenType);
        server.ActorTokenTypes.Clear();
        server.RequestedTokenTypes.Clear();
        server.RequestedTokenTypes.Add(TokenTypeIdentifiers.AccessToken);
        server.ResponseModes.Remove(ResponseModes.FormPost);
        server.ClientAuthenticationMethods.RemoveWhere(m => m is ClientAuthenticationMethods.PrivateKeyJwt);
    }

    private static void AddKeys(OpenIddictServerOptions server, KeySet keys)
    {
        // The first one signs; the others are only published and verify.
        server.SigningCredentials.Add(new SigningCredentials(keys.Signing, SecurityAlgorithms.RsaSha256));
        server.SigningCredentials.AddRange(keys.Replaced.Select(k => new SigningCredentials(k, SecurityAlgorithms.RsaSha256)));
        server.EncryptionCredentials.Add(new EncryptingCredentials(
            keys.Encryption, SecurityAlgorithms.Aes256KW, SecurityAlgorithms.Aes256CbcHmacSha512));
    }

    private static void AddHandlers(OpenIddictServerBuilder server)
    {
        server.AddEventHandler<ValidateAuthorizationRequestContext>(h => h.UseSingletonHandler<RequestValidation>());
        // Before OpenIddict looks at codes: an unknown client must not use one up.
        server.AddEventHandler<ValidateTokenRequestContext>(h => h.UseSingletonHandler<RequestValidation>()
            .SetOrder(OpenIddictServerHandlers.Exchange.ValidateAuthentication.Descriptor.Order - 500));
        server.AddEventHandler<ValidateDeviceAuthorizationRequestContext>(h => h.UseSingletonHandler<RequestValidation>());
        server.AddEventHandler<ValidateRevocationRequestContext>(h => h.UseSingletonHandler<RequestValidation>()
            .SetOrder(OpenIddictServerHandlers.Revocation.ValidateAuthentication.Descriptor.Order - 500));
        server.AddEventHandler<ValidateEndSessionRequestContext>(h => h.UseSingletonHandler<RequestValidation>());
        server.AddEventHandler<ValidateEndUserVerificationRequestContext>(h => h.UseSingletonHandler<RequestValidation>());

        server.AddEventHandler<GenerateTokenContext>(h => h.UseSingletonHandler<DeviceTokens>().SetOrder(int.MinValue));
        server.AddEventHandler<ValidateTokenContext>(h => h.UseSingletonHandler<DeviceTokens>()
            .SetOrder(OpenIddictServerHandlers.Protection.ValidateIdentityModelToken.Descriptor.Order - 500));
        server.AddEventHandler<ApplyDeviceAuthorizationResponseContext>(h => h.UseSingletonHandler<DeviceTokens>().SetOrder(int.MinValue));

        server.AddEventHandler<HandleTokenRequestContext>(h => h.UseSingletonHandler<TokenRequests>());
        server.AddEventHandler<HandleRevocationRequestContext>(h => h.UseSingletonHandler<TokenRequests>());
        server.AddEventHandler<ProcessSignInContext>(h => h.UseSingletonHandler<TokenRequests>()
            .SetOrder(OpenIddictServerHandlers.PrepareAccessTokenPrincipal.Descriptor.Order + 500));
    }
}
