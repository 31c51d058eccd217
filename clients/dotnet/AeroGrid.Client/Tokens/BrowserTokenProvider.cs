using System.Buffers.Text;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using AeroGrid.Client.Errors;

namespace AeroGrid.Client.Tokens;

/// <summary>
/// Signs a person in with the browser of this machine: an authorization code with PKCE (RFC 7636), received at a loopback address with a port of
/// its own (RFC 8252). Thread-safe.
/// </summary>
/// <param name="options">The issuer and the client.</param>
/// <param name="open">Opens the page; null for the machine's browser.</param>
public sealed class BrowserTokenProvider(SignInOptions options, Func<Uri, CancellationToken, Task>? open = null) : SignInTokenProvider(options)
{
    /// <summary>How long a person may take.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly SignInOptions _options = options;

    private protected override async Task<TokenAnswer> SignInAsync(CancellationToken cancellationToken)
    {
        var discovery = await Issuer.DiscoverAsync(cancellationToken).ConfigureAwait(false);
        var page = discovery.AuthorizationEndpoint ?? throw Issuer.Lacks("authorization");
        var verifier = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        var state = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));
        using var receiver = LoopbackReceiver.Start();
        var query = new Dictionary<string, string>
        {
            ["response_type"] = "code",
            ["client_id"] = _options.ClientId,
            ["redirect_uri"] = receiver.Address.ToString(),
            ["scope"] = string.Join(' ', _options.Scopes),
            ["state"] = state,
            ["code_challenge"] = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))),
            ["code_challenge_method"] = "S256",
        };
        var separator = page.Query.Length > 0 ? '&' : '?';
        var address = new Uri($"{page}{separator}{string.Join('&', query.Select(p => $"{p.Key}={Uri.EscapeDataString(p.Value)}"))}");
        using var limit = new CancellationTokenSource(Patience, _options.TimeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        IReadOnlyDictionary<string, string> result;
        try
        {
            // Before the page is opened: the function that opens it may come back only when the person is done.
            var receiving = receiver.ReceiveAsync(state, both.Token);
            await (open ?? OpenBrowserAsync)(address, cancellationToken).ConfigureAwait(false);
            result = await receiving.ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new SignInException($"nobody signed in within {Patience.TotalMinutes:0} minutes; begin again", e);
        }

        // RFC 9207: an answer of another issuer must not be redeemed here.
        if (result.TryGetValue("iss", out var issuer) && issuer.TrimEnd('/') != _options.Issuer.ToString().TrimEnd('/'))
        {
            throw new SignInException($"the answer came from the issuer {issuer}, not from {_options.Issuer}; begin again");
        }

        if (!result.TryGetValue("code", out var code))
        {
            var error = result.GetValueOrDefault("error");
            throw new SignInException(error == "access_denied"
                ? "the sign-in was denied; begin again to ask once more"
                : $"the issuer gives no code: {result.GetValueOrDefault("error_description") ?? error ?? "it does not say why"}");
        }

        var answer = await Issuer.PostTokenAsync(
            new()
            {
                ["grant_type"] = "authorization_code",
                ["code"] = code,
                ["redirect_uri"] = receiver.Address.ToString(),
                ["code_verifier"] = verifier,
            },
            cancellationToken).ConfigureAwait(false);
        return answer.Error is null ? answer : throw Refused(answer);
    }

    private static Task OpenBrowserAsync(Uri address, CancellationToken cancellationToken)
    {
        try
        {
            using var _ = OperatingSystem.IsLinux()
                ? Process.Start(new ProcessStartInfo("xdg-open", [address.AbsoluteUri]) { RedirectStandardError = true, RedirectStandardOutput = true })
                : Process.Start(new ProcessStartInfo(address.AbsoluteUri) { UseShellExecute = true });
            return Task.CompletedTask;
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or FileNotFoundException)
        {
            throw new SignInException($"no browser can be opened here; sign in with a device code, or open {address}", e);
        }
    }
}
