using System.Net.Http.Headers;

using k8s.Authentication;

namespace AeroGrid.ControllerRuntime.Client;

/// <summary>
/// A bearer token that others renew in a file, as the kubelet does for projected service account tokens. The file is read again when the
/// last reading is ten seconds old, and at once after the server refused the token. Thread-safe.
/// </summary>
/// <param name="path">The file; white space around the token is ignored.</param>
/// <param name="timeProvider">Where time comes from.</param>
public sealed class FileTokenProvider(string path, TimeProvider timeProvider) : ITokenProvider
{
    private static readonly TimeSpan MaximumAge = TimeSpan.FromSeconds(10);

    private volatile Reading? reading;

    /// <inheritdoc />
    public async Task<AuthenticationHeaderValue> GetAuthenticationHeaderAsync(CancellationToken cancellationToken)
    {
        var now = timeProvider.GetTimestamp();
        if (reading is { } last && timeProvider.GetElapsedTime(last.ReadAt, now) < MaximumAge)
            return last.Header;
        var token = (await File.ReadAllTextAsync(path, cancellationToken).ConfigureAwait(false)).Trim();
        var header = new AuthenticationHeaderValue("Bearer", token);
        reading = new Reading(header, now);
        return header;
    }

    /// <summary>The server refused the token: the next request reads the file.</summary>
    public void Invalidate() => reading = null;

    private sealed record Reading(AuthenticationHeaderValue Header, long ReadAt);
}
