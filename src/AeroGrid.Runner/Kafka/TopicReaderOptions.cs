using AeroGrid.Runner.Protocol;

using Confluent.Kafka;

namespace AeroGrid.Runner.Kafka;

/// <summary>How a topic is read.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Broker">Bootstrap servers.</param>
/// <param name="Group">The consumer group that offsets are committed under.</param>
/// <param name="Start">Where to begin.</param>
/// <param name="Settings">More properties of librdkafka, by name.</param>
internal sealed record TopicReaderOptions(TopicDefinition Topic, string Broker, string Group, StartMode Start, IReadOnlyDictionary<string, string> Settings)
{
    public ConsumerConfig ToConsumerConfig()
    {
        // Ours first: an administrator may tune what is not owned by the platform.
        var config = new ConsumerConfig
        {
            // A broker answers at once when there are records; this is how long it holds an answer that would be empty.
            FetchWaitMaxMs = 100,
            FetchMaxBytes = 8 * 1024 * 1024,
            QueuedMaxMessagesKbytes = 8 * 1024,
            ReconnectBackoffMs = 100,
            ReconnectBackoffMaxMs = 1000,
            SocketNagleDisable = true,
            PartitionAssignmentStrategy = PartitionAssignmentStrategy.CooperativeSticky,
        };
        foreach (var (name, value) in Settings)
            config.Set(name, value);
        config.BootstrapServers = Broker;
        config.GroupId = Group;
        config.ClientId = Group;
        config.EnableAutoCommit = true;
        config.AutoCommitIntervalMs = 5000;
        config.EnableAutoOffsetStore = false;
        config.EnablePartitionEof = true;
        config.AllowAutoCreateTopics = false;
        config.AutoOffsetReset = Start == StartMode.End ? AutoOffsetReset.Latest : AutoOffsetReset.Earliest;
        return config;
    }
}
