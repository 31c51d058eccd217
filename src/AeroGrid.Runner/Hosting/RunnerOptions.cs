using System.Globalization;
using System.Net;

using AeroGrid.Runner.Kafka;

namespace AeroGrid.Runner.Hosting;

/// <summary>Settings of the runner, from its environment and command line.</summary>
internal sealed record RunnerOptions
{
    /// <summary>The app's command with its arguments.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    public required int Port { get; init; }

    /// <summary>For HTTP/2; null to have none.</summary>
    public int? GrpcPort { get; init; }

    /// <summary>Where to listen: all addresses, as a pod does, unless <c>AEROGRID_ADDRESS</c> names one.</summary>
    public IPAddress Address { get; init; } = IPAddress.Any;

    public string App { get; init; } = "app";

    public string Tenant { get; init; } = "local";

    public IReadOnlyDictionary<string, string> KafkaSettings { get; init; } = new Dictionary<string, string>();

    /// <summary>In bytes.</summary>
    public long GridMemory { get; init; } = 64L * 1024 * 1024;

    public required string SocketFolder { get; init; }

    /// <summary>How long the app may take to say what it is.</summary>
    public TimeSpan HelloLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the app's code may block before it is ended.</summary>
    public TimeSpan BlockedLimit { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long catching up may take before the app counts as ready all the same.</summary>
    public TimeSpan CatchUpLimit { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long the broker may be away before nobody waits for it.</summary>
    public TimeSpan SourceLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the app may take to end when asked.</summary>
    public TimeSpan StopLimit { get; init; } = TimeSpan.FromSeconds(5);

    public string Group => $"aerogrid-{Tenant}-{App}";

    /// <summary>Reads the environment.</summary>
    /// <exception cref="InvalidSettingException">A variable has a value that cannot be used.</exception>
    public static RunnerOptions Read(IReadOnlyDictionary<string, string> environment, IReadOnlyList<string> command, string socketFolder) => new()
    {
        Command = command,
        SocketFolder = socketFolder,
        Port = Number(environment, "PORT", 1, 65535) ?? 8080,
        GrpcPort = Number(environment, "PORT_GRPC", 1, 65535),
        Address = environment.TryGetValue("AEROGRID_ADDRESS", out var address) ? ParseAddress(address) : IPAddress.Any,
        App = environment.GetValueOrDefault("AEROGRID_APP", "app"),
        Tenant = environment.GetValueOrDefault("AEROGRID_TENANT", "local"),
        KafkaSettings = Kafka.KafkaSettings.Read(environment),
        GridMemory = Number(environment, "AEROGRID_GRID_MEMORY_MB", 1, 1024 * 1024) is { } megabytes ? megabytes * 1048576L : DefaultGridMemory(),
        BlockedLimit = TimeSpan.FromSeconds(Number(environment, "AEROGRID_BLOCKED_LIMIT_SECONDS", 6, 86400) ?? 60),
    };

    /// <summary>Half of what the pod may have: the other half is for Python and what is sent.</summary>
    private static long DefaultGridMemory() => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;

    private static int? Number(IReadOnlyDictionary<string, string> environment, string name, int least, int most)
    {
        if (!environment.TryGetValue(name, out var text) || text.Length == 0)
            return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new InvalidSettingException($"{name} is \"{text}\"; it must be a whole number from {least} to {most}.");
    }

    private static IPAddress ParseAddress(string text) =>
        IPAddress.TryParse(text, out var address) ? address : throw new InvalidSettingException($"AEROGRID_ADDRESS is \"{text}\"; it must be an IP address.");
}
