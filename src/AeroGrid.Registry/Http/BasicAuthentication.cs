using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace AeroGrid.Registry.Http;

/// <summary>Basic authentication (RFC 7617). Every user is compared, in constant time, so that the time of an answer tells nothing.</summary>
internal static class BasicAuthentication
{
    private const string Scheme = "Basic ";
    private const int LongestHeader = 4096;

    /// <exception cref="RegistryProblem">Nobody of the users sent the request.</exception>
    public static RegistryUser Authenticate(HttpContext context, IReadOnlyList<RegistryUser> users)
    {
        var given = Read(context.Request.Headers.Authorization.ToString());
        RegistryUser? found = null;
        foreach (var user in users)
        {
            var expected = Encoding.UTF8.GetBytes($"{user.Name}:{user.Password}");
            if (given is not null && CryptographicOperations.FixedTimeEquals(SHA256.HashData(expected), SHA256.HashData(given)))
                found = user;
        }

        if (found is not null)
            return found;
        context.Response.Headers.WWWAuthenticate = "Basic realm=\"AeroGrid registry\", charset=\"UTF-8\"";
        throw RegistryProblem.Unauthorized();
    }

    private static byte[]? Read(string header)
    {
        if (header.Length > LongestHeader || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return null;
        var encoded = header.AsSpan(Scheme.Length).Trim();
        var decoded = new byte[Base64.GetMaxDecodedFromUtf8Length(encoded.Length)];
        return Convert.TryFromBase64Chars(encoded, decoded, out var length) ? decoded[..length] : null;
    }
}
