using System.Text.Json;
using System.Text.Json.Serialization;
using AeroGrid.ApiServer.Files;

namespace AeroGrid.Cli.Connection;

/// <summary>
/// <c>platform.json</c> in the data folder: what <c>aerogrid up</c> tells the other commands about itself. It is there while a platform runs;
/// a platform that was killed leaves it behind, therefore only an answer from <see cref="ApiUrl"/> tells that one runs. Immutable.
/// </summary>
/// <param name="ApiUrl">Where the Kubernetes API and the console listen, for example <c>http://localhost:8000</c>.</param>
/// <param name="AppsUrl">Where apps are served, for example <c>http://localhost:8080</c>.</param>
/// <param name="Issuer">The OIDC issuer, for example <c>http://localhost:8000/identity</c>.</param>
/// <param name="Pid">Process id of the platform.</param>
/// <param name="StartedAt">When the platform started.</param>
/// <param name="Version">The platform's version, for example <c>0.1.0</c>.</param>
/// <param name="Broker">Bootstrap servers of the demo broker, for example <c>127.0.0.1:9092</c>; null when the platform has none.</param>
/// <param name="Runner">Path of the runner's executable, which runs apps of the kind <c>python</c>; null when the platform does not say.</param>
public sealed record PlatformFile(
    Uri ApiUrl, Uri AppsUrl, Uri Issuer, int Pid, DateTimeOffset StartedAt, string Version, string? Broker = null, string? Runner = null)
{
    /// <summary>The name of the file in the data folder.</summary>
    public const string FileName = "platform.json";

    /// <summary>The path of the file in a data folder.</summary>
    public static string PathIn(string dataFolder) => Path.Combine(dataFolder, FileName);

    /// <summary>Reads the file of a data folder; null when there is none.</summary>
    /// <exception cref="InvalidDataException">The file is not what <see cref="Write"/> writes.</exception>
    /// <exception cref="UnauthorizedAccessException">The file belongs to another user.</exception>
    public static PlatformFile? Read(string dataFolder)
    {
        var path = PathIn(dataFolder);
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), PlatformFileJson.Default.PlatformFile)
                ?? throw new InvalidDataException($"{path} is empty.");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} cannot be understood: {e.Message}", e);
        }
    }

    /// <summary>
    /// Writes the file with mode 0600, in one step: a reader sees the old file or the new one, never half of it. The folder must exist.
    /// </summary>
    public void Write(string dataFolder) =>
        PrivateFile.Write(PathIn(dataFolder), JsonSerializer.SerializeToUtf8Bytes(this, PlatformFileJson.Default.PlatformFile));

    /// <summary>Removes the file of a data folder, when there is one.</summary>
    public static void Delete(string dataFolder) => File.Delete(PathIn(dataFolder));
}

/// <summary>Reads and writes <see cref="PlatformFile"/> without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(PlatformFile))]
internal sealed partial class PlatformFileJson : JsonSerializerContext;
