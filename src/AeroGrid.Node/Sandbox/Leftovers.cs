using AeroGrid.Node.Sandbox.Native;

namespace AeroGrid.Node.Sandbox;

/// <summary>
/// Finds processes of sandboxes that a killed platform left behind. Every launcher starts with a variable that names its node, and
/// bubblewrap's own processes, whose end is the end of the sandbox, keep it: so nothing need be written down that could be lost, and an
/// id that the system has given to another process is never taken for ours.
/// </summary>
internal static class Leftovers
{
    /// <summary>The variable.</summary>
    public const string Variable = "AEROGRID_NODE";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Kills them all and waits until they are gone.</summary>
    /// <returns>How many there were.</returns>
    public static async Task<int> KillAsync(string nodeId, TimeProvider time, CancellationToken cancellationToken)
    {
        var found = new HashSet<int>();
        var begun = time.GetTimestamp();
        while (true)
        {
            var left = Find(nodeId);
            foreach (var process in left)
            {
                found.Add(process);
                _ = LibC.Kill(process, LibC.SigKill);
            }

            // One that cannot be killed (it hangs in the kernel) holds nothing that a new start needs.
            if (left.Count == 0 || time.GetElapsedTime(begun) > Patience)
                return found.Count;
            await Task.Delay(TimeSpan.FromMilliseconds(10), time, cancellationToken).ConfigureAwait(false);
        }
    }

    private static List<int> Find(string nodeId)
    {
        List<int> processes = [];
        if (!Directory.Exists("/proc/self"))
            return processes;
        var mark = System.Text.Encoding.UTF8.GetBytes($"{Variable}={nodeId}\0");
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), out var id) || id == Environment.ProcessId)
                continue;
            try
            {
                if (File.ReadAllBytes(Path.Combine(folder, "environ")).AsSpan().IndexOf(mark) >= 0)
                    processes.Add(id);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It has ended meanwhile, or is another user's and hence none of ours.
            }
        }

        return processes;
    }
}
