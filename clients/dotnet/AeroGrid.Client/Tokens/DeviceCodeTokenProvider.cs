using AeroGrid.Client.Errors;

namespace AeroGrid.Client.Tokens;

/// <summary>
/// Signs a person in on any device with a browser, while this program shows a short code: the device authorization grant (RFC 8628). For
/// programs without a browser of their own. Thread-safe.
/// </summary>
/// <param name="options">The issuer and the client.</param>
/// <param name="show">Tells the person where to go and which code to type. Called at every sign-in; when it returns, waiting begins.</param>
public sealed class DeviceCodeTokenProvider(SignInOptions options, Func<DeviceCode, CancellationToken, Task> show) : SignInTokenProvider(options)
{
    private readonly TimeProvider _time = options.TimeProvider;

    private protected override async Task<TokenAnswer> SignInAsync(CancellationToken cancellationToken)
    {
        var device = await Issuer.PostDeviceAsync(cancellationToken).ConfigureAwait(false);
        if (device is not { DeviceCode: { } code, UserCode: { } userCode, VerificationUri: { } address })
        {
            throw new SignInException($"the issuer does not sign in by device code: {device.Description ?? device.Error ?? "its answer has no code"}");
        }

        var end = _time.GetUtcNow().AddSeconds(device.ExpiresIn);
        await show(new DeviceCode(userCode, address, device.VerificationUriComplete, end), cancellationToken).ConfigureAwait(false);

        // Section 3.5: at least this long between two questions, and 5 seconds more whenever the issuer says so.
        var pause = TimeSpan.FromSeconds(device.Interval ?? 5);
        while (true)
        {
            await Task.Delay(pause, _time, cancellationToken).ConfigureAwait(false);
            TokenAnswer answer;
            try
            {
                answer = await Issuer.PostTokenAsync(
                    new() { ["grant_type"] = "urn:ietf:params:oauth:grant-type:device_code", ["device_code"] = code }, cancellationToken).ConfigureAwait(false);
            }
            catch (UnreachableException) when (_time.GetUtcNow() < end)
            {
                // Section 3.5: a connection that fails is a reason to ask less often, not to give up.
                pause *= 2;
                continue;
            }

            switch (answer.Error)
            {
                case null:
                    return answer;
                case "authorization_pending":
                    break;
                case "slow_down":
                    pause += TimeSpan.FromSeconds(5);
                    break;
                case "access_denied":
                    throw new SignInException("the sign-in was denied; begin again to ask once more");
                case "expired_token":
                    throw new SignInException("nobody typed the code in time; begin again for a new one");
                default:
                    throw Refused(answer);
            }

            if (_time.GetUtcNow() >= end)
            {
                throw new SignInException("nobody typed the code in time; begin again for a new one");
            }
        }
    }
}

/// <summary>What a person needs to allow a device.</summary>
/// <param name="UserCode">The code to type.</param>
/// <param name="VerificationUri">The page to type it into.</param>
/// <param name="VerificationUriComplete">The same page with the code filled in, for a link or a QR code; null when the issuer has none.</param>
/// <param name="ExpiresAt">When the code ends.</param>
public sealed record DeviceCode(string UserCode, Uri VerificationUri, Uri? VerificationUriComplete, DateTimeOffset ExpiresAt);
