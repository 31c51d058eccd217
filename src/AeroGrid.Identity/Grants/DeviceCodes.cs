using System.Buffers.Text;
using System.Security.Cryptography;

namespace AeroGrid.Identity.Grants;

/// <summary>
/// Device authorizations that wait for a person (RFC 8628). In memory: they live ten minutes, and a restart makes the device ask again.
/// Thread-safe.
/// </summary>
internal sealed class DeviceCodes(TimeProvider time)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    /// <summary>How long devices are told to wait between two questions.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private const int MostPending = 1000;

    /// <summary>RFC 8628 section 6.1: consonants, so that no words come out. 20^8 codes.</summary>
    private const string Alphabet = "BCDFGHJKLMNPQRSTVWXZ";

    private readonly Dictionary<string, PendingDevice> _byUserCode = [];
    private readonly Lock _gate = new();

    /// <summary>A new pair of codes; null when too many are pending.</summary>
    public PendingDevice? Begin(string clientId, IReadOnlyList<string> scopes)
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            foreach (var late in _byUserCode.Where(d => d.Value.Expires < now).Select(d => d.Key).ToList())
            {
                _byUserCode.Remove(late);
            }

            if (_byUserCode.Count >= MostPending)
            {
                return null;
            }

            var device = new PendingDevice(
                Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)),
                $"{RandomNumberGenerator.GetString(Alphabet, 4)}-{RandomNumberGenerator.GetString(Alphabet, 4)}",
                clientId,
                scopes,
                now + Lifetime);
            _byUserCode.Add(device.UserCode, device);
            return device;
        }
    }

    /// <summary>The pending device of a code as a person types it.</summary>
    public PendingDevice? Find(string userCode)
    {
        var letters = string.Concat(userCode.ToUpperInvariant().Where(Alphabet.Contains));
        if (letters.Length != 8)
        {
            return null;
        }

        lock (_gate)
        {
            return _byUserCode.TryGetValue($"{letters[..4]}-{letters[4..]}", out var device) && device.Expires > time.GetUtcNow() && device.Decision is null
                ? device
                : null;
        }
    }

    /// <summary>What the person decided; only the first decision counts.</summary>
    /// <param name="userCode">From <see cref="PendingDevice.UserCode"/>.</param>
    /// <param name="subject">Who allows it; null denies.</param>
    public bool Decide(string userCode, string? subject)
    {
        lock (_gate)
        {
            if (!_byUserCode.TryGetValue(userCode, out var device) || device.Expires <= time.GetUtcNow() || device.Decision is not null)
            {
                return false;
            }

            _byUserCode[userCode] = device with { Decision = new DeviceDecision(subject) };
            return true;
        }
    }

    /// <summary>The device asks. A decision is told once.</summary>
    public (DeviceState State, PendingDevice? Device) Poll(string deviceCode)
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            var device = _byUserCode.Values.FirstOrDefault(d => d.DeviceCode == deviceCode);
            if (device is null || device.Expires <= now)
            {
                return (DeviceState.Unknown, null);
            }

            if (device.Decision is { } decision)
            {
                _byUserCode.Remove(device.UserCode);
                return (decision.Subject is null ? DeviceState.Denied : DeviceState.Allowed, device);
            }

            // Half of the interval: clocks and networks are not exact.
            var tooFast = device.Asked is { } asked && now - asked < Interval / 2;
            _byUserCode[device.UserCode] = device with { Asked = now };
            return (tooFast ? DeviceState.TooFast : DeviceState.Pending, device);
        }
    }
}

/// <summary>One device. Immutable.</summary>
internal sealed record PendingDevice(string DeviceCode, string UserCode, string ClientId, IReadOnlyList<string> Scopes, DateTimeOffset Expires)
{
    public DeviceDecision? Decision { get; init; }

    public DateTimeOffset? Asked { get; init; }
}

/// <summary>Allowed by a user, or denied when there is no subject.</summary>
internal sealed record DeviceDecision(string? Subject);

/// <summary>Answers to a device.</summary>
internal enum DeviceState
{
    /// <summary>Never made, expired, or told already.</summary>
    Unknown,

    /// <summary>Nobody decided yet.</summary>
    Pending,

    /// <summary>Nobody decided yet, and the device asks more often than it should.</summary>
    TooFast,

    /// <summary>A person allowed it.</summary>
    Allowed,

    /// <summary>A person denied it.</summary>
    Denied,
}
