using System.Text.Json;
using System.Text.Json.Serialization;
using AeroGrid.Identity.Files;
using Microsoft.Extensions.Logging;

namespace AeroGrid.Identity.Grants;

/// <summary>
/// What people allowed clients: one grant for each sign-in. Codes and refresh tokens carry their own content (signed and encrypted), so this
/// store knows only what must be remembered: which codes were used, and which refresh token of a grant is the newest. Grants that can be
/// refreshed are in <c>identity/grants.json</c> and survive a restart; a code does not. Thread-safe.
/// </summary>
/// <remarks>
/// A code that comes twice, or a refresh token that was replaced before, means that somebody else has it: the whole grant ends (RFC 9700
/// sections 4.5 and 4.14). A replaced token still works for <see cref="Leeway"/>, since an answer may get lost.
/// </remarks>
internal sealed partial class GrantStore
{
    public static readonly TimeSpan CodeLifetime = TimeSpan.FromMinutes(2);
    public static readonly TimeSpan Leeway = TimeSpan.FromSeconds(30);

    private readonly string _path;
    private readonly TimeSpan _lifetime;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, PendingCode> _codes = [];
    private readonly Dictionary<string, Grant> _grants;

    public GrantStore(IdentityOptions options, ILogger<GrantStore> logger)
    {
        _path = Path.Combine(options.Folder, "grants.json");
        _lifetime = options.RefreshTokenLifetime;
        _time = options.TimeProvider;
        _grants = Load(logger).ToDictionary(g => g.Id);
    }

    /// <summary>A person signed in at a client: the grant whose code is on its way.</summary>
    public Grant BeginCode(string subject, string clientId, IReadOnlyList<string> scopes)
    {
        var grant = Make(subject, clientId, scopes);
        lock (_gate)
        {
            foreach (var late in _codes.Where(c => c.Value.Expires < grant.Made).Select(c => c.Key).ToList())
            {
                _codes.Remove(late);
            }

            // Longer than the code itself is accepted, so that a replay is always recognized.
            _codes[grant.Id] = new PendingCode(grant, grant.Made + CodeLifetime + CodeLifetime, Used: false);
        }

        return grant;
    }

    /// <summary>Uses a code.</summary>
    /// <returns>The grant; null when the code was used before, or before a restart.</returns>
    public Grant? Redeem(string grantId, bool refreshable)
    {
        lock (_gate)
        {
            if (!_codes.TryGetValue(grantId, out var code))
            {
                return null;
            }

            if (code.Used)
            {
                Remove(grantId);
                return null;
            }

            _codes[grantId] = code with { Used = true };
            if (refreshable)
            {
                Keep(code.Grant);
            }

            return code.Grant;
        }
    }

    /// <summary>A grant without a code (device flow).</summary>
    public Grant Begin(string subject, string clientId, IReadOnlyList<string> scopes, bool refreshable)
    {
        var grant = Make(subject, clientId, scopes);
        if (refreshable)
        {
            lock (_gate)
            {
                Keep(grant);
            }
        }

        return grant;
    }

    /// <summary>Uses a refresh token.</summary>
    /// <param name="grantId">Its grant.</param>
    /// <param name="generation">How many tokens its grant had before it.</param>
    /// <returns>The grant with the generation of the next token; null when the grant ended, or ends now because the token is an old one.</returns>
    public Grant? Refresh(string grantId, int generation)
    {
        lock (_gate)
        {
            if (!_grants.TryGetValue(grantId, out var grant))
            {
                return null;
            }

            var now = _time.GetUtcNow();
            if (generation == grant.Generation)
            {
                var next = grant with { Generation = generation + 1, Used = now };
                Keep(next);
                return next;
            }

            if (generation == grant.Generation - 1 && now - grant.Used <= Leeway)
            {
                return grant;
            }

            Remove(grantId);
            return null;
        }
    }

    /// <summary>Ends a grant (RFC 7009).</summary>
    public void Revoke(string grantId)
    {
        lock (_gate)
        {
            Remove(grantId);
        }
    }

    private Grant Make(string subject, string clientId, IReadOnlyList<string> scopes)
    {
        var now = _time.GetUtcNow();
        return new Grant(Guid.NewGuid().ToString("n"), subject, clientId, scopes, now, now, Generation: 0);
    }

    private void Keep(Grant grant)
    {
        _grants[grant.Id] = grant;
        Save();
    }

    private void Remove(string grantId)
    {
        if (_grants.Remove(grantId))
        {
            Save();
        }
    }

    private void Save()
    {
        var now = _time.GetUtcNow();
        foreach (var late in _grants.Values.Where(g => g.Used + _lifetime < now).Select(g => g.Id).ToList())
        {
            _grants.Remove(late);
        }

        PrivateFile.Write(_path, JsonSerializer.SerializeToUtf8Bytes([.. _grants.Values], GrantsJson.Default.GrantArray));
    }

    private Grant[] Load(ILogger logger)
    {
        if (PrivateFile.TryRead(_path) is not { } content)
        {
            return [];
        }

        try
        {
            return JsonSerializer.Deserialize(content, GrantsJson.Default.GrantArray) ?? [];
        }
        catch (JsonException e)
        {
            // Worth no refusal to start: people log in again. Kept for whoever wants to know what happened.
            File.Move(_path, _path + ".damaged", overwrite: true);
            Log.Damaged(logger, e, _path);
            return [];
        }
    }

    private readonly record struct PendingCode(Grant Grant, DateTimeOffset Expires, bool Used);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "{File} is damaged and was put aside as {File}.damaged; everyone has to log in again")]
        public static partial void Damaged(ILogger logger, Exception exception, string file);
    }
}

/// <summary>One sign-in of a person at a client. Immutable.</summary>
/// <param name="Id">Unguessable.</param>
/// <param name="Subject">The user.</param>
/// <param name="ClientId">The client.</param>
/// <param name="Scopes">What was granted.</param>
/// <param name="Made">When.</param>
/// <param name="Used">When a token was made last.</param>
/// <param name="Generation">How many refresh tokens were replaced.</param>
internal sealed record Grant(
    string Id, string Subject, string ClientId, IReadOnlyList<string> Scopes, DateTimeOffset Made, DateTimeOffset Used, int Generation);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(Grant[]))]
internal sealed partial class GrantsJson : JsonSerializerContext;
