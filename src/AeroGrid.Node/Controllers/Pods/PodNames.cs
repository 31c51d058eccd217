using System.Security.Cryptography;

namespace AeroGrid.Node.Controllers.Pods;

/// <summary>Names made of a readable part and random characters, as the API server makes them for <c>generateName</c>.</summary>
internal static class PodNames
{
    /// <summary>
    /// No vowels and nothing that looks like another character: neither words nor misreadings
    /// (k8s.io/apimachinery/pkg/util/rand).
    /// </summary>
    public const string SafeCharacters = "bcdfghjklmnpqrstvwxz2456789";

    private const int RandomPart = 5;
    private const int Longest = 63;

    /// <summary><c>web-7d4f5-x8kzm</c>: the base, a dash and five random characters, 63 characters at most.</summary>
    public static string After(string baseName)
    {
        var room = Longest - RandomPart - 1;
        var readable = baseName.Length > room ? baseName[..room].TrimEnd('-', '.') : baseName;
        return $"{readable}-{RandomNumberGenerator.GetString(SafeCharacters, RandomPart)}";
    }
}
