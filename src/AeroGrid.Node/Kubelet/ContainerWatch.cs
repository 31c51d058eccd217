using k8s.Models;

using AeroGrid.Node.Network;
using AeroGrid.Node.Sandbox;

namespace AeroGrid.Node.Kubelet;

/// <summary>
/// Looks at a running container from outside, every second while it is not ready and seldom afterwards: does it listen on another port than
/// the one that it was given, has it met its limit of processes? A probe can only say that nobody answers.
/// </summary>
internal sealed class ContainerWatch(NodeContext node, V1Pod pod, ContainerRecord record, RunningContainer running, PodEnding ending, uint? user)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPeriod = TimeSpan.FromSeconds(15);

    /// <summary>Programs may open other ports before the one that counts, for tools or for processes of their own: this long nobody is told.</summary>
    private const int LooksBeforeTelling = 5;

    /// <summary>A program that happens to listen on some ports which are meant for other pods does no harm; one that listens on all of them does.</summary>
    private const int MostForeignPorts = 16;

    private int _looks;
    private string? _seen;

    /// <summary>Looks until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        for (var (pause, waited) = (Period, 0); ; waited++)
        {
            await Task.Delay(pause, node.Time, cancellationToken).ConfigureAwait(false);
            LookAtProcesses();
            // The machine's whole table is read once a look, and not for a ready container that nobody looks at further.
            if (user is not null || !record.IsReady)
            {
                var sockets = ListeningSocket.All();
                EndSquatter(sockets);
                if (!record.IsReady)
                    await LookAtPortsAsync(sockets).ConfigureAwait(false);
            }

            pause = !record.IsReady && waited < 30 ? Period : LongestPeriod;
        }
    }

    /// <summary>Tells when the container was refused a process since the last look. Also the last look, at its end.</summary>
    public void LookAtProcesses()
    {
        if (running.NewProcessRefusals() == 0)
            return;
        var message = $"the container has reached its limit of {node.Options.MaxProcesses} processes and threads";
        if (record.SetFinding(new(Finding.ProcessesWithinLimit, "TooManyProcesses", message)))
            node.Events.Warning(pod, "TooManyProcesses", $"Container {record.Name}: {message}");
    }

    /// <summary>
    /// Nobody gets an answer on a port of another pod (see <see cref="LoopbackFirewall"/>), but a program that listens on very many of them
    /// leaves none for others.
    /// </summary>
    private void EndSquatter(IReadOnlyList<ListeningSocket> sockets)
    {
        if (user is not { } own || ending.Requested.IsCancellationRequested)
            return;
        var given = running.Ports.All.ToHashSet();
        var foreign = sockets.Where(socket => socket.User == own && socket.Port >= node.Ports.First && socket.Port <= node.Ports.Last && !given.Contains(socket.Port));
        if (foreign.Select(socket => socket.Port).Distinct().Skip(MostForeignPorts).Any())
            node.Evict(pod, ending, $"The pod listens on more than {MostForeignPorts} ports from {node.Ports.First} to {node.Ports.Last}, which this node gives to other pods");
    }

    private async Task LookAtPortsAsync(IReadOnlyList<ListeningSocket> sockets)
    {
        if (running.Ports.Variables(record.Spec).FirstOrDefault(variable => variable.Name == "PORT").Value is not { } wanted)
            return;
        var own = running.Ports.All.ToHashSet();
        if (sockets.Any(socket => own.Contains(socket.Port)))
        {
            (_looks, _seen) = (0, null);
            return;
        }

        var others = (await OfThisContainerAsync(sockets).ConfigureAwait(false)).Select(socket => socket.Port).Distinct().Order().Take(5).ToList();
        var text = string.Join(", ", others);
        _looks = others.Count > 0 && text == _seen ? _looks + 1 : 1;
        _seen = text;
        if (others.Count == 0 || _looks < LooksBeforeTelling)
            return;
        var message = $"the program listens on port {text} and not on port {wanted}, which the environment variable PORT names";
        if (record.SetFinding(new(Finding.Listening, "WrongPort", message)))
            node.Events.Warning(pod, "WrongPort", $"Container {record.Name}: {message}");
    }

    /// <summary>By the pod's own user where it has one; else by the open files of the container's processes.</summary>
    private async Task<IEnumerable<ListeningSocket>> OfThisContainerAsync(IReadOnlyList<ListeningSocket> sockets)
    {
        if (user is { } own)
            return sockets.Where(socket => socket.User == own);
        var inodes = ProcFile.SocketsOf(await running.Process.RootsAsync().ConfigureAwait(false));
        return sockets.Where(socket => inodes.Contains(socket.Inode));
    }
}
