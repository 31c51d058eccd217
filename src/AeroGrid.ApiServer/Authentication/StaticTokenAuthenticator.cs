using System.Security.Cryptography;
using System.Text;
using AeroGrid.ApiServer.Hosting;

namespace AeroGrid.ApiServer.Authentication;

/// <summary>
/// Knows the tokens of a fixed list. Only their SHA-256 hashes are kept and every one is compared in constant time, so that the time of an
/// answer tells nothing about a token.
/// </summary>
internal sealed class StaticTokenAuthenticator(IEnumerable<StaticToken> tokens, ApiAudiences own) : ITokenAuthenticator
{
    private readonly (byte[] Hash, UserInfo User)[] _known =
        [.. tokens.Select(t => (Hash(t.Token), new UserInfo(t.User, [.. t.Groups, UserInfo.AuthenticatedGroup])))];

    public ValueTask<AuthenticatedToken?> AuthenticateTokenAsync(string token, IReadOnlyList<string> audiences, CancellationToken cancellationToken)
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

        var matching = own.Matching(audiences);
        return ValueTask.FromResult(user is not null && matching.Count > 0 ? new AuthenticatedToken(user, matching) : null);
    }

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
