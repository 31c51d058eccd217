namespace AeroGrid.Node.Kubelet;

/// <summary>
/// Tells when the disk of the pods loses room quickly. One cheap question a second for the whole node, so that the costly one, which pod it
/// is, need be asked only then.
/// </summary>
internal sealed class DiskWatch : IDisposable
{
    private const long Step = 256L << 20;
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private readonly DriveInfo _drive;
    private readonly ITimer _timer;
    private long _free;

    /// <param name="folder">A folder on the disk.</param>
    /// <param name="time">Where time comes from.</param>
    public DiskWatch(string folder, TimeProvider time)
    {
        _drive = new DriveInfo(folder);
        _free = _drive.AvailableFreeSpace;
        _timer = time.CreateTimer(_ => Look(), null, Period, Period);
    }

    /// <summary>Raised on a thread of the pool each time when 256 MiB more are gone.</summary>
    public event EventHandler? Shrunk;

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        long free;
        try
        {
            free = _drive.AvailableFreeSpace;
        }
        catch (IOException)
        {
            // The folder is being removed.
            return;
        }

        var lost = Volatile.Read(ref _free) - free;
        if (lost is > -Step and < Step)
            return;
        Volatile.Write(ref _free, free);
        if (lost > 0)
            Shrunk?.Invoke(this, EventArgs.Empty);
    }
}
