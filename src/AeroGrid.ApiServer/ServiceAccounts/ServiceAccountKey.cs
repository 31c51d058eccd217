using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Files;
using AeroGrid.ApiServer.Hosting;
using Microsoft.IdentityModel.Tokens;

namespace AeroGrid.ApiServer.ServiceAccounts;

/// <summary>
/// The key that signs tokens of service accounts: ECDSA over P-256, made when it is first needed and kept in the data folder with mode 0600.
/// Deleting the file ends all these tokens at the next start. Thread-safe.
/// </summary>
internal sealed class ServiceAccountKey(ApiServerOptions options) : IDisposable
{
    /// <summary>The one algorithm of these tokens.</summary>
    public const string Algorithm = SecurityAlgorithms.EcdsaSha256;

    private const string FileName = "service-account-key.pem";

    private readonly Lazy<ECDsaSecurityKey> _key = new(() => Load(Path.Combine(options.DataFolder, FileName)));

    /// <summary>Both halves of the key; its id is the hash of the public one, as kube-apiserver makes it.</summary>
    /// <exception cref="IOException">The file cannot be read or written.</exception>
    public ECDsaSecurityKey Key => _key.Value;

    /// <summary>The public half as a JSON Web Key (RFC 7517).</summary>
    public JsonObject PublicKey()
    {
        var parameters = Key.ECDsa.ExportParameters(includePrivateParameters: false);
        return new JsonObject
        {
            ["use"] = "sig",
            ["kty"] = "EC",
            ["kid"] = Key.KeyId,
            ["crv"] = "P-256",
            ["alg"] = Algorithm,
            ["x"] = Base64UrlEncoder.Encode(parameters.Q.X),
            ["y"] = Base64UrlEncoder.Encode(parameters.Q.Y),
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_key.IsValueCreated)
        {
            _key.Value.ECDsa.Dispose();
        }
    }

    private static ECDsaSecurityKey Load(string file)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        if (File.Exists(file))
        {
            Read(key, file);
        }
        else
        {
            PrivateFile.Write(file, Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem() + "\n"));
        }

        return new ECDsaSecurityKey(key) { KeyId = Base64UrlEncoder.Encode(SHA256.HashData(key.ExportSubjectPublicKeyInfo())) };
    }

    private static void Read(ECDsa key, string file)
    {
        try
        {
            key.ImportFromPem(File.ReadAllText(file));
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            throw new IOException($"{file} holds no private key in PEM: restore it, or delete it to make a new one, which ends all tokens of service accounts.", e);
        }
    }
}
