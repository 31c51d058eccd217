using k8s.Models;

using AeroGrid.Node.Sandbox;
using AeroGrid.Node.Sandbox.Native;

namespace AeroGrid.Node.Kubelet;

/// <summary>Files of one run of a container that are neither of its image nor of a volume: <c>/tmp</c>, the termination log, and names in <c>/etc</c>.</summary>
internal static class ContainerFiles
{
    private const string DefaultTerminationPath = "/dev/termination-log";
    private const UnixFileMode Sticky = (UnixFileMode)0b1_111_111_111;

    /// <summary>Makes them anew and tells where they are seen.</summary>
    /// <returns>The mounts, and the file of the termination message.</returns>
    public static (IReadOnlyList<SandboxMount> Mounts, string TerminationFile) Make(PodPlace place, V1Pod pod, V1Container container, (uint User, uint Group) inside, bool machineSystem)
    {
        var folder = Path.Combine(place.Folder, "containers", container.Name);
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        var temporary = Path.Combine(folder, "tmp");
        Directory.CreateDirectory(temporary);
        File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
        File.SetUnixFileMode(temporary, Sticky);
        var termination = Path.Combine(folder, "termination-log");
        File.WriteAllBytes(termination, []);
        File.SetUnixFileMode(termination, (UnixFileMode)0b110_110_110);
        if (place.User is { } user)
        {
            _ = LibC.ChangeOwner(temporary, user, user);
            _ = LibC.ChangeOwner(termination, user, user);
        }

        var name = pod.Spec.Hostname ?? pod.Metadata.Name;
        List<SandboxMount> mounts =
        [
            new(temporary, "/tmp", Writable: true),
            new(temporary, "/var/tmp", Writable: true),
            new(Write("hosts", $"127.0.0.1\tlocalhost {name}\n::1\tlocalhost\n"), "/etc/hosts"),
            new(Write("hostname", name + "\n"), "/etc/hostname"),
            new(termination, container.TerminationMessagePath is { Length: > 0 } path ? path : DefaultTerminationPath, Writable: true),
        ];
        if (machineSystem)
        {
            // Programs ask for the name and home of their user; the machine's own users are nobody's business.
            var root = inside.User == 0 ? "" : "root:x:0:0:root:/:/usr/sbin/nologin\n";
            mounts.Add(new(Write("passwd", $"{root}app:x:{inside.User}:{inside.Group}:app:/tmp:/usr/sbin/nologin\n"), "/etc/passwd"));
            mounts.Add(new(Write("group", (inside.Group == 0 ? "" : "root:x:0:\n") + $"app:x:{inside.Group}:\n"), "/etc/group"));
        }

        return (mounts, termination);

        string Write(string file, string content)
        {
            var written = Path.Combine(folder, file);
            File.WriteAllText(written, content);
            File.SetUnixFileMode(written, (UnixFileMode)0b110_100_100);
            return written;
        }
    }
}
