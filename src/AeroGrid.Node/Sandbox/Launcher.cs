using System.Globalization;
using System.Runtime.InteropServices;

using AeroGrid.Node.Sandbox.Native;

namespace AeroGrid.Node.Sandbox;

/// <summary>
/// The steps between the platform and a sandbox, which must happen in the new process: into its cgroups, out of root, under its limits.
/// They are a line of small programs, each of which becomes the next, so the process id stays the same.
/// </summary>
internal sealed class Launcher(MachineTools tools, string nodeFolder, string nodeId)
{
    /// <summary>
    /// Takes steps off its arguments up to <c>--</c>, then becomes the rest. Values are arguments and never part of the script.
    /// </summary>
    private const string Script =
        """
        set -eu
        while [ "$1" != -- ]; do
          case $1 in
            bind) mount --bind -- "$2" "$3"; shift 3 ;;
            cgroup) echo 0 > "$2"; shift 2 ;;
          esac
        done
        shift
        exec "$@"
        """;

    private readonly Dictionary<string, string> _environment = new()
    {
        ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin",
        ["LC_ALL"] = "C",
        [Leftovers.Variable] = nodeId,
    };

    /// <summary>
    /// The data folder is closed to others (mode 0700, often in a home folder), and a pod's user is an other. So the launcher mounts the
    /// node's folder here, in a mount namespace that only this sandbox has and that is gone with it.
    /// </summary>
    private readonly string? _meetingPoint = tools.CanChangeUser && tools.Unshare is not null && tools.Mount is not null
        ? new[] { "/mnt", "/srv", "/media", "/opt" }.FirstOrDefault(Directory.Exists)
        : null;

    /// <summary>Where a process that the launcher has made sees a path of the machine.</summary>
    public string Seen(string path) =>
        _meetingPoint is not null && path.StartsWith(nodeFolder + "/", StringComparison.Ordinal) ? _meetingPoint + path[nodeFolder.Length..] : path;

    /// <summary>Starts a program under the limits and as the user of a sandbox.</summary>
    /// <param name="spec">Cgroup, limits and user are taken from it.</param>
    /// <param name="program">What the launcher becomes.</param>
    /// <param name="descriptors">The descriptors that it has.</param>
    public ChildProcess Start(SandboxSpec spec, IReadOnlyList<string> program, IReadOnlyDictionary<int, SafeHandle> descriptors)
    {
        List<string> line = [];
        if (_meetingPoint is not null)
            line.AddRange([tools.Unshare!, "--mount", "--propagation", "private", "--"]);
        line.AddRange([tools.Shell, "-c", Script, "launcher"]);
        if (_meetingPoint is not null)
            line.AddRange(["bind", nodeFolder, _meetingPoint]);
        foreach (var file in spec.Cgroup?.ProcessFiles ?? [])
            line.AddRange(["cgroup", file]);
        line.Add("--");
        if (tools.Limits is not null)
            line.AddRange([tools.Limits, .. Limits(spec), "--"]);
        if (spec.MachineUser is { } user && tools.CanChangeUser)
        {
            var id = user.ToString(CultureInfo.InvariantCulture);
            line.AddRange([tools.SetPrivileges!, "--reuid", id, "--regid", id, "--clear-groups", "--inh-caps=-all", "--no-new-privs", "--"]);
        }

        line.AddRange(program);
        return ChildProcess.Start(new()
        {
            Program = line[0],
            Arguments = line[1..],
            Environment = _environment,
            Folder = "/",
            Descriptors = descriptors,
        });
    }

    private IEnumerable<string> Limits(SandboxSpec spec)
    {
        // A process may lower its limits but not raise them.
        yield return $"--nofile={Math.Min(spec.Limits.OpenFiles, HardLimit.OpenFiles)}";
        yield return "--core=0";
        if (spec.Limits.FileBytes is { } bytes)
            yield return $"--fsize={bytes}";

        // Counted by user: with the platform's own user it would count the platform too.
        if (spec.Limits.Processes is { } processes && spec.MachineUser is not null && tools.CanChangeUser)
            yield return $"--nproc={processes}";
    }

    private static class HardLimit
    {
        /// <summary>"Max open files  1024  524288  files" in <c>/proc/self/limits</c>: the second number.</summary>
        public static long OpenFiles { get; } = Read();

        private static long Read()
        {
            try
            {
                var line = File.ReadLines("/proc/self/limits").FirstOrDefault(text => text.StartsWith("Max open files", StringComparison.Ordinal));
                var fields = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                return fields?.Length > 4 && long.TryParse(fields[4], out var limit) ? limit : long.MaxValue;
            }
            catch (IOException)
            {
                return long.MaxValue;
            }
        }
    }
}
