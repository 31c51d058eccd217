using System.Text;
using System.Text.Json;
using AeroGrid.Cli.Commands;
using Confluent.Kafka;

namespace AeroGrid.Cli.Broker;

/// <summary>Sends JSON records to a broker.</summary>
internal sealed class BrokerSender(string address)
{
    /// <summary>Sends records in their order; the first that cannot be sent ends it.</summary>
    /// <returns>How many the broker has acknowledged.</returns>
    /// <exception cref="CommandException">A record is not JSON, or the broker cannot be reached or refuses it.</exception>
    public async Task<int> SendAsync(string topic, string? key, IEnumerable<string> records, CancellationToken cancellationToken)
    {
        var trouble = new BrokerTrouble(address);
        var config = new ProducerConfig { BootstrapServers = address, MessageTimeoutMs = 10_000, LingerMs = 5, Acks = Acks.All };
        using var producer = new ProducerBuilder<byte[]?, byte[]>(config).SetErrorHandler(trouble.OnError).SetLogHandler(static (_, _) => { }).Build();
        var pending = new List<Task>();
        var number = 0;
        try
        {
            foreach (var record in records)
            {
                number++;
                pending.Add(producer.ProduceAsync(
                    topic, new Message<byte[]?, byte[]> { Key = key is null ? null : Encoding.UTF8.GetBytes(key), Value = Check(record, number) }, cancellationToken));
                if (pending.Count == 10_000)
                {
                    await Task.WhenAll(pending);
                    pending.Clear();
                }
            }

            await Task.WhenAll(pending);
            return number;
        }
        catch (KafkaException e)
        {
            throw trouble.Explain(e);
        }
    }

    private static byte[] Check(string record, int number)
    {
        try
        {
            using var document = JsonDocument.Parse(record);
            return Encoding.UTF8.GetBytes(record);
        }
        catch (JsonException e)
        {
            throw new CommandException($"record {number} is not JSON ({e.Message.Split('.')[0]}); a text needs quotes of its own: '\"text\"'", e);
        }
    }
}
