using System.ComponentModel;
using System.Runtime.InteropServices;

namespace AeroGrid.Registry.Storage;

/// <summary>Writes that survive a crash of the machine: data first, then the name, then the folder that holds the name.</summary>
internal static partial class DurableFiles
{
    private const int NoSpaceLeft = 28;
    private static readonly int QuotaExceeded = OperatingSystem.IsMacOS() ? 69 : 122;

    /// <summary>Replaces a file: at any moment, readers and crashes see the old content or the new one, never a part.</summary>
    public static void Replace(string path, ReadOnlySpan<byte> content)
    {
        var temporary = path + ".new";
        try
        {
            using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        FlushFolder(Path.GetDirectoryName(path)!);
    }

    /// <summary>Gives a complete, flushed file its final name.</summary>
    public static void Publish(string temporary, string path)
    {
        File.Move(temporary, path, overwrite: true);
        FlushFolder(Path.GetDirectoryName(path)!);
    }

    /// <summary>Whether an exception says that the disk, or the user's share of it, is full.</summary>
    public static bool IsDiskFull(IOException e) => e.HResult == NoSpaceLeft || e.HResult == QuotaExceeded;

    /// <summary>Makes the names in a folder durable. .NET opens no folders, hence the system calls.</summary>
    private static void FlushFolder(string folder)
    {
        var closeOnExec = OperatingSystem.IsMacOS() ? 0x1000000 : 0x80000;
        var descriptor = NativeOpen(folder, closeOnExec);
        if (descriptor < 0)
            throw new IOException($"The folder {folder} cannot be opened.", new Win32Exception());
        try
        {
            if (NativeFsync(descriptor) != 0)
                throw new IOException($"The folder {folder} cannot be flushed.", new Win32Exception());
        }
        finally
        {
            _ = NativeClose(descriptor);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeOpen(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int NativeFsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int NativeClose(int descriptor);
}
