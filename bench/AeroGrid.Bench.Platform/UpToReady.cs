using System.Diagnostics;
using System.Globalization;
using AeroGrid.TestKit;

namespace AeroGrid.Bench.Platform;

/// <summary><c>up</c> to ready on a warm machine with an existing data folder, and what the platform costs when nothing happens.</summary>
internal static class UpToReady
{
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(20);

    public static async Task RunAsync(int starts)
    {
        await using var platform = await RunningPlatform.StartAsync();
        var seconds = new List<double>();
        for (var i = 0; i < starts; i++)
        {
            await platform.TerminateAsync();
            var watch = Stopwatch.StartNew();
            await platform.UpAsync();
            seconds.Add(watch.Elapsed.TotalSeconds);
        }

        Console.WriteLine(Figures.Summary("up to ready", seconds) + "   (target: <= 2500 ms)");

        // Two measurements of the same process with nothing between them but time: that is what is measured.
        await Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System);
        var before = ProcessorSeconds(platform.ProcessId);
        await Task.Delay(IdleTime, TimeProvider.System);
        var share = (ProcessorSeconds(platform.ProcessId) - before) / IdleTime.TotalSeconds;
        Console.WriteLine($"idle: {ResidentMegabytes(platform.ProcessId):0} MB resident (target: <= 250), {share:P2} of a core (target: <= 2 %)");
    }

    /// <summary>Fields 14 and 15 of /proc/PID/stat (proc(5)): user and system time in ticks of 1/100 s; the name before them may hold spaces.</summary>
    private static double ProcessorSeconds(int pid)
    {
        var stat = File.ReadAllText($"/proc/{pid}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / 100.0;
    }

    private static double ResidentMegabytes(int pid)
    {
        var line = File.ReadLines($"/proc/{pid}/status").Single(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024.0;
    }
}
