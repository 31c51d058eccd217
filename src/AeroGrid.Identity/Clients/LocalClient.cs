using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using AeroGrid.Identity.Files;

namespace AeroGrid.Identity.Clients;

/// <summary>
/// The confidential client <c>aerogrid-local</c>: whoever can read its secret owns the data folder, and may have tokens for every local user
/// by token exchange (RFC 8693). Its secret is in <c>identity/local-client-secret</c>, mode 0600.
/// </summary>
public static class LocalClient
{
    /// <summary>The client's id.</summary>
    public const string Id = "aerogrid-local";

    /// <summary>The <c>subject_token_type</c> of an exchange: the <c>subject_token</c> is the name of a local user.</summary>
    public const string UserNameTokenType = "urn:aerogrid:token-type:username";

    /// <summary>The secret of a data folder.</summary>
    /// <exception cref="IdentityException">There is none: the platform never ran on this folder, or it belongs to somebody else.</exception>
    public static string ReadSecret(string dataFolder)
    {
        var path = PathIn(Path.Combine(dataFolder, "identity"));
        try
        {
            return PrivateFile.TryRead(path) is { Length: > 0 } content
                ? Encoding.ASCII.GetString(content).Trim()
                : throw new IdentityException($"{path} is not there; start the platform once with `aerogrid up`");
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IdentityException($"{path} may not be read by you; only the owner of the data folder may act for its users", e);
        }
    }

    /// <summary>Reads the secret, or makes one of 256 random bits.</summary>
    internal static async Task<string> EnsureSecretAsync(string folder, CancellationToken cancellationToken)
    {
        var path = PathIn(folder);
        using var held = await FileLock.AcquireAsync(path + ".lock", cancellationToken);
        if (PrivateFile.TryRead(path) is { Length: > 0 } content)
        {
            return Encoding.ASCII.GetString(content).Trim();
        }

        var secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        PrivateFile.Write(path, Encoding.ASCII.GetBytes(secret));
        return secret;
    }

    private static string PathIn(string folder) => Path.Combine(folder, "local-client-secret");
}
