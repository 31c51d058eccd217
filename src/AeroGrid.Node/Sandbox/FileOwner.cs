using System.Buffers.Binary;

using AeroGrid.Node.Sandbox.Native;

namespace AeroGrid.Node.Sandbox;

/// <summary>Whose a file is, which .NET does not tell. Linux only.</summary>
internal static class FileOwner
{
    private const int WorkingFolder = -100, NoFollow = 0x100, WantUser = 0x8;

    /// <summary><c>stx_uid</c> in <c>struct statx</c>, which is the same on all processors (<c>statx(2)</c>).</summary>
    private const int UserOffset = 20, StatSize = 256;

    /// <summary>The user id; null when there is no such file. Links are not followed.</summary>
    public static unsafe uint? Of(string path)
    {
        var stat = stackalloc byte[StatSize];
        return LibC.StatX(WorkingFolder, path, NoFollow, WantUser, stat) == 0 ? BinaryPrimitives.ReadUInt32LittleEndian(new ReadOnlySpan<byte>(stat + UserOffset, 4)) : null;
    }
}
