using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using AeroGrid.ApiServer.Files;

namespace AeroGrid.Cli.Up;

/// <summary>
/// The secrets that the parts of one platform use among themselves, made at the first start and kept in the data folder with mode 0600.
/// Each is 256 random bits in base64url.
/// </summary>
internal sealed record Credentials
{
    /// <summary>Bearer token of the kubeconfig (group system:masters).</summary>
    public required string Admin { get; init; }

    /// <summary>Bearer token of the operator.</summary>
    public required string Operator { get; init; }

    /// <summary>Bearer token of the node.</summary>
    public required string Node { get; init; }

    /// <summary>Bearer token of the gateway.</summary>
    public required string Gateway { get; init; }

    /// <summary>Bearer token with which the API server asks the kubelet for logs.</summary>
    public required string Kubelet { get; init; }

    /// <summary>Password of the registry user that may push.</summary>
    public required string RegistryPush { get; init; }

    /// <summary>Password of the registry user that may only pull.</summary>
    public required string RegistryPull { get; init; }

    /// <summary>Reads the credentials of a data folder, or makes them.</summary>
    /// <exception cref="StartupException">The file is damaged.</exception>
    public static Credentials LoadOrCreate(string folder)
    {
        var file = Path.Combine(folder, "credentials.json");
        if (File.Exists(file))
        {
            try
            {
                return JsonSerializer.Deserialize(File.ReadAllBytes(file), CredentialsJson.Default.Credentials)
                    ?? throw new JsonException("the file is empty");
            }
            catch (JsonException e)
            {
                throw new StartupException(
                    $"{file} is damaged ({e.Message}); restore it from a backup, or delete it to have new credentials made", e);
            }
        }

        var made = new Credentials
        {
            Admin = NewSecret(),
            Operator = NewSecret(),
            Node = NewSecret(),
            Gateway = NewSecret(),
            Kubelet = NewSecret(),
            RegistryPush = NewSecret(),
            RegistryPull = NewSecret(),
        };
        PrivateFile.Write(file, JsonSerializer.SerializeToUtf8Bytes(made, CredentialsJson.Default.Credentials));
        return made;
    }

    private static string NewSecret() => System.Buffers.Text.Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Credentials))]
internal sealed partial class CredentialsJson : JsonSerializerContext;
