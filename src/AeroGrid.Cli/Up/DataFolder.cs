namespace AeroGrid.Cli.Up;

/// <summary>
/// The folder that holds everything a platform on one machine keeps. It belongs to one running platform at a time: the lock is held until
/// disposal, and the kernel frees it when the process dies, however it dies.
/// </summary>
internal sealed class DataFolder : IDisposable
{
    private readonly FileStream _lock;

    private DataFolder(string path, FileStream held)
    {
        Path = path;
        _lock = held;
    }

    /// <summary>Absolute path.</summary>
    public string Path { get; }

    /// <summary>Where the log files are.</summary>
    public string Logs => System.IO.Path.Combine(Path, "logs");

    /// <summary>The OCI image layout.</summary>
    public string Images => System.IO.Path.Combine(Path, "images");

    /// <summary>What the API server stores.</summary>
    public string ApiServer => System.IO.Path.Combine(Path, "apiserver");

    /// <summary>What the node keeps: unpacked layers, pods, their logs.</summary>
    public string Node => System.IO.Path.Combine(Path, "node");

    /// <summary>Keys and users of the identity provider.</summary>
    public string Identity => System.IO.Path.Combine(Path, "identity");

    /// <summary>The kubeconfig for people on this machine.</summary>
    public string Kubeconfig => System.IO.Path.Combine(Path, "kubeconfig");

    /// <summary>Creates the folder where it is missing (mode 0700) and takes its lock.</summary>
    /// <exception cref="StartupException">The folder cannot be written, or another platform runs on it.</exception>
    public static DataFolder Open(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        try
        {
            if (!Directory.Exists(path))
            {
                Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }

            var lockFile = System.IO.Path.Combine(path, "lock");
            // FileShare.None is an advisory lock (flock) on Unix: it ends with the process.
            var held = new FileStream(lockFile, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
            var folder = new DataFolder(path, held);
            foreach (var part in new[] { folder.Logs, folder.Images, folder.ApiServer, folder.Node, folder.Identity })
            {
                Directory.CreateDirectory(part);
            }

            return folder;
        }
        catch (IOException e) when (IsLocked(e))
        {
            throw new StartupException(
                $"another `aerogrid up` already runs on {path}; stop it, or use another folder with --data", e);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new StartupException(
                $"the data folder {path} cannot be written ({e.Message}); choose another one with --data", e);
        }
    }

    /// <summary>Frees the lock.</summary>
    public void Dispose() => _lock.Dispose();

    // .NET reports a lock that somebody else holds as an IOException with the errno EWOULDBLOCK (11 on Linux, 35 on macOS).
    private static bool IsLocked(IOException e) => e.HResult is 11 or 35;
}
