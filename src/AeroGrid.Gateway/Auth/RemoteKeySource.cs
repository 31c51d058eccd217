using System.Text.Json;

using Microsoft.Extensions.Logging;

namespace AeroGrid.Gateway.Auth;

/// <summary>
/// Keys that an issuer publishes, at a given address or found by OpenID Connect discovery. They are fetched when first needed, again in
/// the background once they are <see cref="FreshFor"/> old and somebody uses them, and at once for a token with an unknown key id, but not more often than
/// every <see cref="MinimumInterval"/>, so that forged tokens cannot make this gateway hammer the issuer. While the issuer is away the last
/// keys stay good. Thread-safe.
/// </summary>
internal sealed partial class RemoteKeySource(string issuer, Uri? jwksUri, HttpMessageInvoker http, TimeProvider time, ILogger logger) : IKeySource
{
    public static readonly TimeSpan FreshFor = TimeSpan.FromMinutes(5);
    public static readonly TimeSpan MinimumInterval = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan FetchTimeout = TimeSpan.FromSeconds(5);

    /// <summary>After a first fetch that failed the next request may try soon: without keys nobody gets in.</summary>
    private static readonly TimeSpan RetryWithoutKeys = TimeSpan.FromSeconds(1);

    private const int MaximumBytes = 1024 * 1024;

    private readonly Lock gate = new();
    private volatile KeySet? current;
    private Task<KeySet?>? running;
    private long triedAt;
    private bool tried;
    private bool failing;
    private Action? rotated;

    public ValueTask<KeySet?> GetAsync(CancellationToken cancellationToken)
    {
        if (current is not { } keys)
            return Wait(FetchIfDue(RetryWithoutKeys), cancellationToken);
        if (IsDue(FreshFor))
            _ = FetchIfDue(FreshFor);
        return new(keys);
    }

    public ValueTask<KeySet?> RefreshAsync(KeySet seen, CancellationToken cancellationToken) =>
        ReferenceEquals(current, seen) ? Wait(FetchIfDue(MinimumInterval), cancellationToken) : new(current);

    public void OnRotation(Action forget)
    {
        lock (gate)
            rotated += forget;
    }

    private static async ValueTask<KeySet?> Wait(Task<KeySet?> fetch, CancellationToken cancellationToken) =>
        await fetch.WaitAsync(cancellationToken).ConfigureAwait(false);

    private bool IsDue(TimeSpan interval) => !Volatile.Read(ref tried) || time.GetElapsedTime(Volatile.Read(ref triedAt)) >= interval;

    /// <summary>One fetch at a time; everybody waits for the same.</summary>
    private Task<KeySet?> FetchIfDue(TimeSpan interval)
    {
        lock (gate)
        {
            if (running is { IsCompleted: false })
                return running;
            if (!IsDue(interval))
                return Task.FromResult(current);
            Volatile.Write(ref triedAt, time.GetTimestamp());
            Volatile.Write(ref tried, true);
            return running = Task.Run(FetchAsync);
        }
    }

    private async Task<KeySet?> FetchAsync()
    {
        using var limit = new CancellationTokenSource(FetchTimeout, time);
        try
        {
            var address = jwksUri ?? await DiscoverAsync(limit.Token).ConfigureAwait(false);
            var keys = KeySet.Parse(await ReadAsync(address, limit.Token).ConfigureAwait(false));
            var before = current;
            if (before?.Text == keys.Text)
            {
                failing = false;
                return before;
            }

            current = keys;
            failing = false;
            Log.Fetched(logger, keys.Count, issuer, address);
            if (before is not null)
                rotated?.Invoke();
            return keys;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or InvalidDataException or JsonException or OperationCanceledException)
        {
            if (!failing || current is null)
                Log.Failed(logger, e, issuer, current is null ? "no token of it can be checked" : "the keys known so far stay good");
            failing = true;
            return current;
        }
    }

    /// <summary>OpenID Connect Discovery 1.0, section 4; the document must name the very issuer (section 4.3).</summary>
    private async Task<Uri> DiscoverAsync(CancellationToken cancellationToken)
    {
        var address = new Uri($"{issuer.TrimEnd('/')}/.well-known/openid-configuration");
        using var document = JsonDocument.Parse(await ReadAsync(address, cancellationToken).ConfigureAwait(false));
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object || Text(root, "issuer") != issuer)
            throw new InvalidDataException($"{address} does not describe the issuer {issuer}.");
        return Uri.TryCreate(Text(root, "jwks_uri"), UriKind.Absolute, out var keys) && keys.Scheme is "http" or "https"
            ? keys
            : throw new InvalidDataException($"{address} has no usable jwks_uri.");
    }

    private static string? Text(JsonElement obj, string name) =>
        obj.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private async Task<string> ReadAsync(Uri address, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Accept.ParseAdd("application/json");
        using var response = await http.SendAsync(request, cancellationToken).ConfigureAwait(false);
        response.EnsureSuccessStatusCode();
        await response.Content.LoadIntoBufferAsync(MaximumBytes, cancellationToken).ConfigureAwait(false);
        return await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "{Count} keys of the issuer {Issuer} from {Address}")]
        public static partial void Fetched(ILogger logger, int count, string issuer, Uri address);

        [LoggerMessage(LogLevel.Warning, "The keys of the issuer {Issuer} cannot be fetched; {Consequence}")]
        public static partial void Failed(ILogger logger, Exception exception, string issuer, string consequence);
    }
}
