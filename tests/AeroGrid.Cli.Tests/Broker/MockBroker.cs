using Confluent.Kafka;

namespace AeroGrid.Cli.Tests.Broker;

/// <summary>librdkafka's mock cluster: Kafka's protocol, kept in memory, for as long as the client that holds it.</summary>
public sealed class MockBroker : IDisposable
{
    private readonly IAdminClient _holder;

    public MockBroker()
    {
        var config = new ClientConfig { BootstrapServers = "unused" };
        config.Set("test.mock.num.brokers", "1");
        _holder = new AdminClientBuilder(new AdminClientConfig(config)).SetLogHandler(static (_, _) => { }).Build();
        var broker = _holder.GetMetadata(TimeSpan.FromSeconds(30)).Brokers.Single();
        Address = $"{broker.Host}:{broker.Port}";
    }

    public string Address { get; }

    public void Dispose() => _holder.Dispose();
}
