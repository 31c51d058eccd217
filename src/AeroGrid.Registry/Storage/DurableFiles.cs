using System.ComponentModel;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace AeroGrid.Registry.Storage;

/// <summary>Writes that survive a crash of the machine: data first, then the name, then the folder that holds the name.</summary>
internal static partial class DurableFiles
{
    private const int NoSpaceLeft = 28;
    private static readonly int QuotaExceeded = OperatingSystem.IsMacOS() ? 69 : 122;

    /// <summary>
    /// Replaces a file: at any moment, readers and crashes see the old content or the new one, never a part. <paramref name="alongside"/> runs while the disk
    /// works, and must be done before the new content takes its place.
    /// </summary>
    public static void Replace(string path, ReadOnlyMemory<byte> content, Action? alongside = null)
    {
        var temporary = path + ".new";
        try
        {
            Parallel.Invoke(() => Write(temporary, content.Span), alongside ?? (() => { }));
            File.Move(temporary, path, overwrite: true);
        }
        catch (AggregateException e) when (e.InnerException is not null)
        {
            File.Delete(temporary);
            ExceptionDispatchInfo.Throw(e.InnerException);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        FlushFolder(Path.GetDirectoryName(path)!);
    }

    /// <summary>Writes a file and waits until its content is on the disk; its name is so after <see cref="FlushFolder"/>.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        file.Write(content);
        file.Flush(flushToDisk: true);
    }

    /// <summary>Whether an exception says that the disk, or the user's share of it, is full.</summary>
    public static bool IsDiskFull(IOException e) => e.HResult == NoSpaceLeft || e.HResult == QuotaExceeded;

    /// <summary>Makes the names in a folder durable. .NET opens no folders, hence the system calls.</summary>
    public static void FlushFolder(string folder)
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
