namespace AeroGrid.Node.Logs;

/// <summary>
/// The log files of one container: <c>&lt;restart count&gt;.log</c> for each of its last two runs, and <c>.1</c>, <c>.2</c> for what was rotated
/// away, newest first. Each line is a line of the CRI log format: <c>2026-01-31T12:00:00.123456789Z stdout F text</c>, with <c>P</c> instead of
/// <c>F</c> for a part of a line that continues in the next.
/// </summary>
internal sealed class LogFolder(string path, LogOptions options)
{
    /// <summary>The folder.</summary>
    public string Path => path;

    /// <summary>Opens the log of a run for writing and removes those of runs before the previous one.</summary>
    public LogWriter Open(int run, TimeProvider time)
    {
        Directory.CreateDirectory(path);
        foreach (var file in Directory.GetFiles(path))
        {
            if (RunOf(file) is { } old && old < run - 1)
                System.IO.File.Delete(file);
        }

        return new LogWriter(this, run, options, time);
    }

    /// <summary>The runs of which there is a log.</summary>
    public IEnumerable<int> Runs() => Directory.Exists(path) ? Directory.GetFiles(path).Select(RunOf).OfType<int>().Distinct() : [];

    /// <summary>The files of a run that exist, oldest lines first.</summary>
    public IReadOnlyList<string> Files(int run) =>
        [.. Enumerable.Range(0, options.MaxFiles).Select(age => File(run, age)).Where(System.IO.File.Exists).Reverse()];

    /// <summary>A file of a run by its age: 0 is the current one.</summary>
    public string File(int run, int age) => System.IO.Path.Combine(path, age == 0 ? $"{run}.log" : $"{run}.log.{age}");

    private static int? RunOf(string file) => int.TryParse(System.IO.Path.GetFileName(file).Split('.')[0], out var run) ? run : null;
}
