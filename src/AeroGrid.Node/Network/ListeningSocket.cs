using System.Globalization;

namespace AeroGrid.Node.Network;

/// <summary>A TCP socket of the machine that waits for connections.</summary>
/// <param name="Port">Where it listens, on some address.</param>
/// <param name="User">The machine's user whose process made it.</param>
/// <param name="Inode">Its number, as links in <c>/proc/&lt;id&gt;/fd</c> name it.</param>
internal readonly record struct ListeningSocket(int Port, uint User, long Inode)
{
    private const string Listening = "0A";

    /// <summary>All of them, of both address families; none where the machine has no <c>/proc</c>.</summary>
    /// <param name="proc">The process file system; another folder in tests.</param>
    public static IReadOnlyList<ListeningSocket> All(string proc = "/proc")
    {
        List<ListeningSocket> sockets = [];
        foreach (var file in new[] { "tcp", "tcp6" })
        {
            var path = Path.Combine(proc, "net", file);
            if (!File.Exists(path))
                continue;

            // "0: 0100007F:A22D 00000000:0000 0A 00000000:00000000 00:00000000 00000000 1000 0 584957 …": proc_pid_net(5).
            foreach (var line in File.ReadLines(path).Skip(1))
            {
                var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (fields.Length > 9 && fields[3] == Listening)
                {
                    sockets.Add(new(
                        int.Parse(fields[1].AsSpan(fields[1].LastIndexOf(':') + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture),
                        uint.Parse(fields[7], CultureInfo.InvariantCulture),
                        long.Parse(fields[9], CultureInfo.InvariantCulture)));
                }
            }
        }

        return sockets;
    }
}
