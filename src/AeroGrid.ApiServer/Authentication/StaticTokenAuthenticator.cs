using System.Security.Cryptography;
using System.Text;
using AeroGrid.ApiServer.Hosting;

namespace AeroGrid.ApiServer.Authentication;

/// <summary>
/// Knows the tokens of a fixed list. Only their SHA-256 hashes are kept and every one is compared in constant time, so that the time of an
/// answer tells nothing about a token.
/// </summary>
internal sealed class StaticTokenAuthenticator(IEnumerable<StaticToken> tokens) : ITokenAuthenticator
{
    private readonly (byte[] Hash, UserInfo User)[] _known =
        [.. tokens.Select(t => (Hash(t.Token), new UserInfo(t.User, [.. t.Groups, UserInfo.AuthenticatedGroup])))];

    public ValueTask<UserInfo?> AuthenticateTokenAsync(string token, CancellationToken cancellationToken)
    {
        var presented = Hash(token);
        UserInfo? user = null;
        foreach (var (hash, candidate) in _known)
        {
            if (CryptographicOperations.FixedTimeEquals(hash, presented))
            {
                user = candidate;
            }
        }

        return ValueTask.FromResult(user);
    }

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
