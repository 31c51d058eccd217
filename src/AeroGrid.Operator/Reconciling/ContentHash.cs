using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

using AeroGrid.Api.Apps;

namespace AeroGrid.Operator.Reconciling;

/// <summary>SHA-256 over texts, each with its length before it: nothing can be moved from one into the next without a change of the hash.</summary>
internal static class ContentHash
{
    /// <summary>64 hexadecimal digits.</summary>
    public static string Of(params IEnumerable<string> texts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach (var text in texts)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
            hash.AppendData(length);
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Paths and contents of files, in an order that does not depend on how they are listed.</summary>
    public static IEnumerable<string> TextsOf(IEnumerable<AppFile> files) =>
        files.OrderBy(file => file.Path, StringComparer.Ordinal).SelectMany(file => new[] { file.Path, file.Content });
}
