using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AeroGrid.Cli.Commands;
using AeroGrid.Cli.Output;
using Confluent.Kafka;

namespace AeroGrid.Cli.Broker;

/// <summary>Prints records of a topic. Reads without a consumer group, so that nobody else's place is moved.</summary>
internal sealed class BrokerTail(string address, TextWriter output, bool json)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Prints records until there were so many, or until cancelled.</summary>
    /// <exception cref="CommandException">The broker cannot be reached, or has no such topic.</exception>
    public void Run(string topic, bool fromBeginning, int? count, CancellationToken cancellationToken)
    {
        var trouble = new BrokerTrouble(address);
        var config = new ConsumerConfig
        {
            BootstrapServers = address,
            // Asked for by the client even when partitions are assigned; nothing is committed.
            GroupId = "aerogrid-tail",
            EnableAutoCommit = false,
            EnableAutoOffsetStore = false,
            AllowAutoCreateTopics = false,
            AutoOffsetReset = fromBeginning ? AutoOffsetReset.Earliest : AutoOffsetReset.Latest,
            FetchWaitMaxMs = 100,
        };
        using var consumer = new ConsumerBuilder<byte[]?, byte[]?>(config).SetErrorHandler(trouble.OnError).SetLogHandler(static (_, _) => { }).Build();
        try
        {
            consumer.Assign(Partitions(config, topic).Select(p => new TopicPartitionOffset(topic, p, fromBeginning ? Offset.Beginning : Offset.End)));
            for (var printed = 0; count is null || printed < count; printed++)
            {
                Print(consumer.Consume(cancellationToken));
            }
        }
        catch (KafkaException e)
        {
            throw trouble.Explain(e);
        }
    }

    /// <summary>Prints one record: <c>PARTITION:OFFSET KEY VALUE</c>, or JSON.</summary>
    internal void Print(ConsumeResult<byte[]?, byte[]?> record)
    {
        var (key, value) = (Text(record.Message.Key), Text(record.Message.Value));
        output.WriteLine(json
            ? new JsonObject
            {
                ["topic"] = record.Topic,
                ["partition"] = record.Partition.Value,
                ["offset"] = record.Offset.Value,
                ["timestamp"] = record.Message.Timestamp.UtcDateTime.ToString("O"),
                ["key"] = key,
                ["value"] = Json(value),
            }.ToJsonString()
            : TerminalText.Line($"{record.Partition.Value}:{record.Offset.Value}\t{key ?? "-"}\t{value ?? "null"}"));
        output.Flush();
    }

    private List<int> Partitions(ClientConfig config, string topic)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig(new ClientConfig { BootstrapServers = config.BootstrapServers }))
            .SetLogHandler(static (_, _) => { })
            .Build();
        var found = admin.GetMetadata(topic, Patience).Topics.SingleOrDefault(t => t.Topic == topic);
        return found is { Error.Code: ErrorCode.NoError, Partitions.Count: > 0 }
            ? [.. found.Partitions.Select(p => p.PartitionId)]
            : throw new CommandException($"the broker {address} has no topic {topic}; sending a record to it may make it: `aerogrid broker send {topic} '{{}}'`");
    }

    private static string? Text(byte[]? bytes) => bytes is null ? null : Encoding.UTF8.GetString(bytes);

    /// <summary>The value as JSON where it is, as text where not.</summary>
    private static JsonNode? Json(string? value)
    {
        try
        {
            return value is null ? null : JsonNode.Parse(value);
        }
        catch (JsonException)
        {
            return value;
        }
    }
}
