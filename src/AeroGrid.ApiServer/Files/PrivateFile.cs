namespace AeroGrid.ApiServer.Files;

/// <summary>Files that only their owner may read. Thread-safe for different files.</summary>
public static class PrivateFile
{
    /// <summary>
    /// Replaces a file atomically and durably: a reader, or a crash at any moment, sees the old content or the new one. It has mode 0600 from its
    /// first byte on.
    /// </summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        var temporary = $"{path}.new";
        // A leftover of a crash may have another mode; the mode is given only at creation.
        File.Delete(temporary);
        using (var stream = new FileStream(temporary, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = OperatingSystem.IsWindows() ? null : UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }
}
