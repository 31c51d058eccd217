using System.Collections.Immutable;
using System.Security.Claims;
using AeroGrid.Identity.Grants;
using AeroGrid.Identity.Users;
using Microsoft.Extensions.Logging;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace AeroGrid.Identity.Tokens;

/// <summary>
/// Answers token requests after OpenIddict has checked the code, refresh token or device code: looks the user up as stored now, so that
/// removed users, changed passwords, groups and tenants count at once. Also ends grants (revocation).
/// </summary>
internal sealed partial class TokenRequests(UserStore users, GrantStore grants, IdentityOptions options, ILogger<TokenRequests> logger) :
    IOpenIddictServerHandler<HandleTokenRequestContext>,
    IOpenIddictServerHandler<HandleRevocationRequestContext>,
    IOpenIddictServerHandler<ProcessSignInContext>
{
    public ValueTask HandleAsync(HandleTokenRequestContext context)
    {
        switch (context.Request.GrantType)
        {
            case GrantTypes.AuthorizationCode:
                Redeem(context, Principals.GrantOf(context.AuthorizationCodePrincipal));
                break;
            case GrantTypes.RefreshToken:
                Refresh(context, Principals.GrantOf(context.RefreshTokenPrincipal));
                break;
            case GrantTypes.DeviceCode:
                AnswerDevice(context, context.DeviceCodePrincipal!);
                break;
            case GrantTypes.TokenExchange:
                Exchange(context);
                break;
            default:
                context.Reject(Errors.UnsupportedGrantType, $"The grant type {context.Request.GrantType} is not supported.");
                break;
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask HandleAsync(HandleRevocationRequestContext context)
    {
        // Access tokens have no grant in them: they end by themselves within the hour. RFC 7009 section 2.2: that is no error.
        if (Principals.GrantOf(context.GenericTokenPrincipal) is { } grant)
        {
            grants.Revoke(grant.Id);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Access tokens name their audience in <c>aud</c>; that a grant covers another audience too is not an app's business.</summary>
    public ValueTask HandleAsync(ProcessSignInContext context)
    {
        context.AccessTokenPrincipal?.SetScopes(context.AccessTokenPrincipal.GetScopes().RemoveAll(s => s is Audiences.Api or Audiences.Apps));
        return ValueTask.CompletedTask;
    }

    private void Redeem(HandleTokenRequestContext context, (string Id, int Generation)? code)
    {
        var refreshable = context.AuthorizationCodePrincipal!.HasScope(Scopes.OfflineAccess);
        if (code is null || grants.Redeem(code.Value.Id, refreshable) is not { } grant)
        {
            Log.CodeReplayed(logger, context.Request.ClientId);
            context.Reject(Errors.InvalidGrant, "The code was used already, or is from before a restart; sign in again.");
            return;
        }

        SignIn(context, grant, refreshable);
    }

    private void Refresh(HandleTokenRequestContext context, (string Id, int Generation)? token)
    {
        if (token is null || grants.Refresh(token.Value.Id, token.Value.Generation) is not { } grant)
        {
            context.Reject(Errors.InvalidGrant, "The refresh token was replaced or revoked; sign in again.");
            return;
        }

        SignIn(context, grant, refreshable: true);
    }

    private void AnswerDevice(HandleTokenRequestContext context, ClaimsPrincipal device)
    {
        var scopes = device.GetScopes();
        var refreshable = scopes.Contains(Scopes.OfflineAccess);
        SignIn(context, grants.Begin(device.GetClaim(Claims.Subject)!, context.Request.ClientId!, scopes, refreshable), refreshable);
    }

    private void SignIn(HandleTokenRequestContext context, Grant grant, bool refreshable)
    {
        if (users.FindBySubject(grant.Subject) is not { } user || user.PasswordChanged > grant.Made)
        {
            grants.Revoke(grant.Id);
            context.Reject(Errors.InvalidGrant, "The user was removed or has a new password; sign in again.");
            return;
        }

        if (AudienceScopes.Choose([.. grant.Scopes], context.Request.GetScopes()) is not { } audience)
        {
            context.Reject(
                Errors.InvalidScope,
                $"A token is for one audience: ask for the scope {Audiences.Api} or for {Audiences.Apps}, and for one that was granted.");
            return;
        }

        context.SignIn(Principals.ForTokens(user.User, grant.Scopes, audience, options, refreshable ? grant : null));
    }

    private void Exchange(HandleTokenRequestContext context)
    {
        var audiences = context.Request.Audiences ?? ImmutableArray<string?>.Empty;
        if (audiences is not [Audiences.Api or Audiences.Apps])
        {
            context.Reject(Errors.InvalidTarget, $"Set the parameter audience, once, to {Audiences.Api} or {Audiences.Apps}.");
            return;
        }

        var name = context.SubjectTokenPrincipal?.GetClaim(Claims.Subject) ?? "";
        if (users.Find(name) is not { } user)
        {
            context.Reject(Errors.InvalidGrant, $"There is no user \"{name}\"; `aerogrid users list` shows those who are there.");
            return;
        }

        Log.Exchanged(logger, user.Name, audiences[0]!);
        context.SignIn(Principals.ForTokens(user, [], audiences[0]!, options, grant: null));
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "A code of the client {ClientId} came twice or too late; its grant ended")]
        public static partial void CodeReplayed(ILogger logger, string? clientId);

        [LoggerMessage(2, LogLevel.Information, "The owner of the data folder got a token for {User} and {Audience}")]
        public static partial void Exchanged(ILogger logger, string user, string audience);
    }
}
