using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;

using Microsoft.Extensions.Logging;

using AeroGrid.Node.Sandbox;

namespace AeroGrid.Node.Network;

/// <summary>
/// Keeps pods, which share the machine's network, apart, by an nftables table that looks at the user of whoever sends a packet:
/// <list type="bullet">
/// <item>A pod reaches its own ports and everything else on the machine, but neither other pods' ports nor the platform's.</item>
/// <item>Of the ports that are for pods, a pod answers on its own only: one that is quicker than its neighbour to listen on the neighbour's
/// port gets none of its requests. Nobody outside of the machine gets an answer: the gateway is the only way in.</item>
/// <item>A pod does not reach the cloud's metadata service, which gives the machine's credentials to whoever asks.</item>
/// </list>
/// Only root can do this. Changes are made in the order of the calls, several at once where they come quickly; no call waits for them.
/// </summary>
internal sealed partial class LoopbackFirewall : IAsyncDisposable
{
    /// <summary>Prefix of the tables' names.</summary>
    private const string TablePrefix = "aerogrid_";

    /// <summary>
    /// Where clouds' metadata services are: link-local for most, and the addresses of Alibaba's and Azure's. Names may still be asked for there,
    /// since some clouds have their name server at the same address.
    /// </summary>
    private const string Metadata4 = "169.254.0.0/16, 100.100.100.200, 168.63.129.16", Metadata6 = "fe80::/10, fd00:ec2::254, fd20:ce::254";

    private readonly string _nft;
    private readonly string _table;
    private readonly ILogger _logger;
    private readonly Channel<string> _changes = Channel.CreateUnbounded<string>(new() { SingleReader = true });
    private readonly Dictionary<uint, List<string>> _open = [];
    private readonly Lock _gate = new();
    private readonly Task _work;

    private LoopbackFirewall(string nft, string table, ILogger logger)
    {
        (_nft, _table, _logger) = (nft, table, logger);
        _work = Task.Run(ApplyAllAsync);
    }

    /// <summary>Sets the rules up, in the place of those that a killed platform left.</summary>
    /// <param name="tools">The machine's programs.</param>
    /// <param name="id">Tells this platform's table from those of others.</param>
    /// <param name="users">First and last user of pods.</param>
    /// <param name="pods">The ports that pods are given.</param>
    /// <param name="closed">Ports of the platform.</param>
    /// <param name="logger">Where failures go.</param>
    /// <returns>Null and the reason where the machine does not let us.</returns>
    public static async Task<(LoopbackFirewall? Firewall, string? Reason)> SetUpAsync(
        MachineTools tools, string id, (uint First, uint Last) users, PortAllocator pods, IReadOnlyList<int> closed, ILogger logger)
    {
        if (!tools.CanChangeUser)
            return (null, "Pods can reach every loopback port (the platform does not run as root).");
        if (MachineTools.Find("nft") is not { } nft)
            return (null, "Pods can reach every loopback port (nftables is not installed).");
        var table = TablePrefix + id;
        var ports = string.Join(", ", closed.Select(port => port.ToString(CultureInfo.InvariantCulture)).Append($"{pods.First}-{pods.Last}"));
        var rules = $$"""
            table inet {{table}}
            delete table inet {{table}}
            table inet {{table}} {
              set own { type uid . inet_service; }
              set trusted { type uid; }
              chain output {
                type filter hook output priority filter; policy accept;
                meta skuid {{users.First}}-{{users.Last}} jump pods
              }
              chain pods {
                tcp flags & (syn | ack) == (syn | ack) goto answers
                meta l4proto { tcp, udp } ip daddr { {{Metadata4}} } th dport != 53 reject
                meta l4proto { tcp, udp } ip6 daddr { {{Metadata6}} } th dport != 53 reject
                oif != "lo" accept
                tcp flags & (syn | ack) != syn accept
                meta skuid . th dport @own accept
                meta skuid @trusted accept
                meta l4proto { tcp, udp } th dport { {{ports}} } reject
              }
              chain answers {
                oif != "lo" drop
                meta skuid . tcp sport @own accept
                tcp sport {{pods.First}}-{{pods.Last}} drop
              }
            }
            """;
        var failure = await RunAsync(nft, rules).ConfigureAwait(false);
        return failure is null
            ? (new LoopbackFirewall(nft, table, logger), null)
            : (null, $"Pods can reach every loopback port (nftables does not work here: {failure})");
    }

    /// <summary>Removes the table of a platform that has ended.</summary>
    public static async Task RemoveAsync(string id)
    {
        if (MachineTools.Find("nft") is { } nft)
            await RunAsync(nft, $"delete table inet {TablePrefix}{id}\n").ConfigureAwait(false);
    }

    /// <summary>Lets a pod reach its own ports.</summary>
    public void Allow(uint user, IEnumerable<int> ports, bool isTrusted)
    {
        List<string> elements = [.. ports.Distinct().Select(port => $"own {{ {user} . {port} }}")];
        if (isTrusted)
            elements.Add($"trusted {{ {user} }}");
        lock (_gate)
        {
            Close(user);
            _open[user] = elements;
            foreach (var element in elements)
                _changes.Writer.TryWrite($"add element inet {_table} {element}");
        }
    }

    /// <summary>Takes back what a pod was allowed: its user may be another pod's next.</summary>
    public void Forget(uint user)
    {
        lock (_gate)
            Close(user);
    }

    /// <summary>Removes the rules.</summary>
    public async ValueTask DisposeAsync()
    {
        _changes.Writer.TryWrite($"delete table inet {_table}");
        _changes.Writer.TryComplete();
        await _work.ConfigureAwait(false);
    }

    private void Close(uint user)
    {
        if (!_open.Remove(user, out var elements))
            return;
        foreach (var element in elements)
            _changes.Writer.TryWrite($"delete element inet {_table} {element}");
    }

    private async Task ApplyAllAsync()
    {
        while (await _changes.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            var lines = new List<string>();
            while (_changes.Reader.TryRead(out var line))
                lines.Add(line);
            if (await RunAsync(_nft, string.Join('\n', lines)).ConfigureAwait(false) is { } failure)
                Log.Failed(_logger, failure);
        }
    }

    /// <summary>Runs nft with commands on its standard input; all of them take effect, or none. Returns what went wrong.</summary>
    private static async Task<string?> RunAsync(string nft, string commands)
    {
        using var process = Process.Start(new ProcessStartInfo(nft, ["-f", "-"])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        await process.StandardInput.WriteAsync(commands).ConfigureAwait(false);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = await process.StandardError.ReadToEndAsync().ConfigureAwait(false);
        await output.ConfigureAwait(false);
        await process.WaitForExitAsync().ConfigureAwait(false);
        return process.ExitCode == 0 ? null : error.Trim().ReplaceLineEndings(" ");
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "The rules for pods' loopback ports could not be changed: {Failure}")]
        public static partial void Failed(ILogger logger, string failure);
    }
}
