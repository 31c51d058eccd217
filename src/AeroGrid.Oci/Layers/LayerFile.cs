using System.Text;

namespace AeroGrid.Oci.Layers;

/// <summary>A file of a layer.</summary>
/// <param name="Path">From the root of the image, without a leading <c>/</c>: <c>app/app.py</c>.</param>
/// <param name="Content">The bytes.</param>
/// <param name="IsExecutable">Mode 0755 instead of 0644.</param>
public sealed record LayerFile(string Path, ReadOnlyMemory<byte> Content, bool IsExecutable = false)
{
    /// <summary>A text file in UTF-8.</summary>
    public static LayerFile Text(string path, string content) => new(path, Encoding.UTF8.GetBytes(content));
}
