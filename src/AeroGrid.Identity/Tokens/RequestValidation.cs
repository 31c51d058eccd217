using AeroGrid.Identity.Clients;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace AeroGrid.Identity.Tokens;

/// <summary>
/// Which client may do what at which endpoint. OpenIddict runs without a database of applications ("degraded mode") and asks here; everything
/// else about requests it checks itself (response types, PKCE, redirect URI of a code, expiry, signatures).
/// </summary>
internal sealed class RequestValidation(ClientRegistry clients) :
    IOpenIddictServerHandler<ValidateAuthorizationRequestContext>,
    IOpenIddictServerHandler<ValidateTokenRequestContext>,
    IOpenIddictServerHandler<ValidateDeviceAuthorizationRequestContext>,
    IOpenIddictServerHandler<ValidateRevocationRequestContext>,
    IOpenIddictServerHandler<ValidateEndSessionRequestContext>,
    IOpenIddictServerHandler<ValidateEndUserVerificationRequestContext>
{
    public ValueTask HandleAsync(ValidateAuthorizationRequestContext context)
    {
        if (clients.Find(context.ClientId) is not { } client || !client.GrantTypes.Contains(GrantTypes.AuthorizationCode))
        {
            context.Reject(Errors.UnauthorizedClient, $"There is no client \"{context.ClientId}\" that people may sign in at.");
        }
        else if (!clients.MayRedirect(client, context.RedirectUri))
        {
            context.Reject(Errors.InvalidRequest, "The redirect_uri is not registered for this client.");
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask HandleAsync(ValidateTokenRequestContext context)
    {
        if (Authenticate(context.Request) is not { } client)
        {
            context.Reject(Errors.InvalidClient, "There is no such client, or its secret is wrong.");
        }
        else if (!client.GrantTypes.Contains(context.Request.GrantType ?? ""))
        {
            context.Reject(Errors.UnauthorizedClient, $"The client {client.Id} may not use the grant type {context.Request.GrantType}.");
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask HandleAsync(ValidateDeviceAuthorizationRequestContext context)
    {
        if (Authenticate(context.Request) is not { } client || !client.GrantTypes.Contains(GrantTypes.DeviceCode))
        {
            context.Reject(Errors.InvalidClient, $"There is no client \"{context.ClientId}\" that may use device codes.");
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask HandleAsync(ValidateRevocationRequestContext context)
    {
        if (Authenticate(context.Request) is null)
        {
            context.Reject(Errors.InvalidClient, "There is no such client, or its secret is wrong.");
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask HandleAsync(ValidateEndSessionRequestContext context)
    {
        var client = clients.Find(context.ClientId) ?? clients.Find(ClientRegistry.ConsoleId)!;
        if (!string.IsNullOrEmpty(context.PostLogoutRedirectUri) && !clients.MayRedirect(client, context.PostLogoutRedirectUri))
        {
            context.Reject(Errors.InvalidRequest, "The post_logout_redirect_uri is not registered for this client.");
        }

        return ValueTask.CompletedTask;
    }

    // The page itself decides: it needs a signed-in person first.
    public ValueTask HandleAsync(ValidateEndUserVerificationRequestContext context) => ValueTask.CompletedTask;

    private Client? Authenticate(OpenIddictRequest request) =>
        clients.Find(request.ClientId) is { } client && ClientRegistry.IsAuthentic(client, request) ? client : null;
}
