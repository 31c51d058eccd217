using AeroGrid.Identity.Clients;
using AeroGrid.Identity.Grants;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace AeroGrid.Identity.Tokens;

/// <summary>
/// The kinds of tokens that do not carry their own content: device and user codes, which <see cref="DeviceCodes"/> remembers, and the
/// user names that the owner of the data folder exchanges.
/// </summary>
internal sealed class DeviceTokens(DeviceCodes devices) :
    IOpenIddictServerHandler<GenerateTokenContext>,
    IOpenIddictServerHandler<ValidateTokenContext>,
    IOpenIddictServerHandler<ApplyDeviceAuthorizationResponseContext>
{
    private const string Pending = "aerogrid_pending_device";

    public ValueTask HandleAsync(GenerateTokenContext context)
    {
        if (context.TokenType is not (TokenTypeIdentifiers.Private.DeviceCode or TokenTypeIdentifiers.Private.UserCode))
        {
            return ValueTask.CompletedTask;
        }

        // One request makes both codes of a pair, one after the other.
        var device = context.Transaction.GetProperty<PendingDevice>(Pending)
            ?? devices.Begin(context.ClientId!, context.Principal.GetScopes());
        if (device is null)
        {
            context.Reject(Errors.TemporarilyUnavailable, "Too many devices wait for a person; try again in some minutes.");
            return ValueTask.CompletedTask;
        }

        context.Transaction.SetProperty(Pending, device);
        context.Token = context.TokenType == TokenTypeIdentifiers.Private.DeviceCode ? device.DeviceCode : device.UserCode;
        return ValueTask.CompletedTask;
    }

    public ValueTask HandleAsync(ValidateTokenContext context)
    {
        // Only where exactly this kind is expected: the revocation endpoint takes tokens of any kind.
        if (context.ValidTokenTypes.Count != 1)
        {
            return ValueTask.CompletedTask;
        }

        switch (context.ValidTokenTypes.Single())
        {
            case LocalClient.UserNameTokenType:
                context.Principal = Principals.ForSubject(context.Token!, LocalClient.UserNameTokenType, LocalClient.Id);
                break;
            case TokenTypeIdentifiers.Private.DeviceCode:
                Poll(context);
                break;
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask HandleAsync(ApplyDeviceAuthorizationResponseContext context)
    {
        if (string.IsNullOrEmpty(context.Error))
        {
            context.Response["interval"] = (int)DeviceCodes.Interval.TotalSeconds;
        }

        return ValueTask.CompletedTask;
    }

    private void Poll(ValidateTokenContext context)
    {
        var (state, device) = devices.Poll(context.Token!);
        switch (state)
        {
            case DeviceState.Pending:
                context.Reject(Errors.AuthorizationPending, "Nobody has allowed this device yet.");
                break;
            case DeviceState.TooFast:
                context.Reject(Errors.SlowDown, "Ask less often, see \"interval\".");
                break;
            case DeviceState.Denied:
                context.Reject(Errors.AccessDenied, "The person did not allow this device.");
                break;
            case DeviceState.Unknown:
                context.Reject(Errors.ExpiredToken, "The device code has expired, or was used already; start again.");
                break;
            case DeviceState.Allowed:
                context.Principal = Principals.ForSubject(device!.Decision!.Subject!, TokenTypeIdentifiers.Private.DeviceCode, device.ClientId);
                context.Principal.SetScopes(device.Scopes);
                break;
        }
    }
}
