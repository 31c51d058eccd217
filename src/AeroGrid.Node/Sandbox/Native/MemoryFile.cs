using System.ComponentModel;
using System.Runtime.InteropServices;

using Microsoft.Win32.SafeHandles;

namespace AeroGrid.Node.Sandbox.Native;

/// <summary>
/// Bytes that a child reads from a descriptor: they appear neither on a disk nor in a command line, which every user of the machine can
/// read. Linux only (<c>memfd_create(2)</c>).
/// </summary>
internal static class MemoryFile
{
    private const uint CloseOnExec = 1;

    /// <summary>A descriptor at the start of the bytes. Its position is shared with whoever inherits it: good for one reader.</summary>
    public static SafeFileHandle Create(string name, ReadOnlySpan<byte> content)
    {
        var descriptor = LibC.MemoryFileCreate(name, CloseOnExec);
        if (descriptor < 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        var handle = new SafeFileHandle(descriptor, ownsHandle: true);

        // A positional write leaves the descriptor's own position at the start, where the child begins to read.
        RandomAccess.Write(handle, content, fileOffset: 0);
        return handle;
    }
}
