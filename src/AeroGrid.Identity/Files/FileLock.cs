using System.Diagnostics;

namespace AeroGrid.Identity.Files;

/// <summary>Lets one process at a time read, change and write a file: the command line edits users while the platform runs.</summary>
internal static class FileLock
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    /// <summary>Waits for the lock; disposing the result frees it, and so does the kernel when the process dies.</summary>
    /// <exception cref="IdentityException">Somebody held it for ten seconds.</exception>
    public static async Task<IDisposable> AcquireAsync(string path, CancellationToken cancellationToken)
    {
        PrivateFile.CreateFolder(Path.GetDirectoryName(path)!);
        var waited = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                // FileShare.None is an advisory lock (flock) on Unix.
                return new FileStream(path, new FileStreamOptions
                {
                    Mode = FileMode.OpenOrCreate,
                    Access = FileAccess.ReadWrite,
                    Share = FileShare.None,
                    UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
                });
            }
            catch (IOException e) when (e.HResult is 11 or 35)
            {
                // EWOULDBLOCK on Linux and macOS.
                if (waited.Elapsed > Patience)
                {
                    throw new IdentityException($"another process keeps {path} locked; stop it and try again", e);
                }
            }

            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
        }
    }
}
