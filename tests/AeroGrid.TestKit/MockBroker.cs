using System.Runtime.InteropServices;
using System.Text;

using Confluent.Kafka;

namespace AeroGrid.TestKit;

/// <summary>
/// An event broker for tests: the mock cluster inside librdkafka, which speaks Kafka's protocol on a TCP port and keeps everything in memory. Other
/// processes can use it as well.
/// </summary>
public sealed partial class MockBroker : IDisposable
{
    private const string NativeLibraryName = "librdkafka";
    private const int ProducerType = 0;

    private readonly IntPtr client;
    private readonly IntPtr cluster;
    private readonly IProducer<byte[]?, byte[]?> producer;

    static MockBroker()
    {
        // Confluent.Kafka brings several builds of the library and loads the one that fits; this is to use the same.
        _ = Confluent.Kafka.Library.Version;
        NativeLibrary.SetDllImportResolver(typeof(MockBroker).Assembly, static (name, _, _) =>
            name == NativeLibraryName ? NativeLibrary.Load(LoadedLibrary()) : IntPtr.Zero);
    }

    /// <summary>Starts a cluster of one broker.</summary>
    public MockBroker()
    {
        var error = new byte[512];
        var configuration = NewConfiguration();
        _ = Set(configuration, "log_level", "0", error, error.Length); // it would warn that it has no address
        client = NewClient(ProducerType, configuration, error, error.Length);
        if (client == IntPtr.Zero)
            throw new InvalidOperationException(Encoding.UTF8.GetString(error).TrimEnd('\0'));
        cluster = NewCluster(client, 1);
        Address = Marshal.PtrToStringUTF8(Bootstraps(cluster))!.Split(',')[0];
        InitialRebalanceDelay(cluster, 100);
        producer = new ProducerBuilder<byte[]?, byte[]?>(new ProducerConfig { BootstrapServers = Address, LingerMs = 0, ReconnectBackoffMaxMs = 500 })
            .SetLogHandler(static (_, _) => { })
            .SetErrorHandler(static (_, _) => { })
            .Build();
    }

    /// <summary>Bootstrap servers, <c>127.0.0.1:PORT</c>.</summary>
    public string Address { get; }

    /// <summary>Makes a topic.</summary>
    public void CreateTopic(string topic, int partitions = 1) => Check(TopicCreate(cluster, topic, partitions, 1));

    /// <summary>The broker goes away: its port is closed.</summary>
    public void Stop() => Check(BrokerDown(cluster, 1));

    /// <summary>The broker comes back with all that it had.</summary>
    public void Start() => Check(BrokerUp(cluster, 1));

    /// <summary>Writes a record and waits until the broker has it.</summary>
    public async Task<TopicPartitionOffset> ProduceAsync(string topic, string? key, string? value, int? partition = null, Headers? headers = null) =>
        await ProduceAsync(topic, key is null ? null : Encoding.UTF8.GetBytes(key), value is null ? null : Encoding.UTF8.GetBytes(value), partition, headers);

    /// <summary>Writes a record and waits until the broker has it.</summary>
    public async Task<TopicPartitionOffset> ProduceAsync(string topic, byte[]? key, byte[]? value, int? partition = null, Headers? headers = null)
    {
        var message = new Message<byte[]?, byte[]?> { Key = key, Value = value, Headers = headers ?? [] };
        var result = partition is { } number
            ? await producer.ProduceAsync(new TopicPartition(topic, number), message)
            : await producer.ProduceAsync(topic, message);
        return result.TopicPartitionOffset;
    }

    /// <summary>Writes many records, and waits for all.</summary>
    public void ProduceMany(string topic, IEnumerable<(string? Key, string? Value)> records)
    {
        foreach (var (key, value) in records)
        {
            producer.Produce(topic, new Message<byte[]?, byte[]?>
            {
                Key = key is null ? null : Encoding.UTF8.GetBytes(key),
                Value = value is null ? null : Encoding.UTF8.GetBytes(value),
            });
        }

        producer.Flush(TimeSpan.FromSeconds(60));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        producer.Dispose();
        DestroyCluster(cluster);
        DestroyClient(client);
    }

    /// <summary>The library that Confluent.Kafka has chosen and loaded, of the several that it brings.</summary>
    private static string LoadedLibrary() =>
        File.ReadLines("/proc/self/maps").Select(line => line[(line.LastIndexOf(' ') + 1)..]).First(path => path.EndsWith("librdkafka.so", StringComparison.Ordinal));

    private static void Check(int error)
    {
        if (error != 0)
            throw new InvalidOperationException($"The mock broker answered {(ErrorCode)error}.");
    }

    [LibraryImport(NativeLibraryName, EntryPoint = "rd_kafka_conf_new")]
    private static partial IntPtr NewConfiguration();

    [LibraryImport(NativeLibraryName, EntryPoint = "rd_kafka_conf_set", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Set(IntPtr configuration, string name, string value, [Out] byte[] error, nint errorSize);

    [LibraryImport(NativeLibraryName, EntryPoint = "rd_kafka_new")]
    private static partial IntPtr NewClient(int type, IntPtr configuration, [Out] byte[] error, nint errorSize);

    [LibraryImport(NativeLibraryName, EntryPoint = "rd_kafka_destroy")]
    private static partial void DestroyClient(IntPtr client);

    [LibraryImport(NativeLibraryName, EntryPoint = "rd_kafka_mock_cluster_new")]
    private static partial IntPtr NewCluster(IntPtr client, int brokers);

    [LibraryImport(NativeLibraryName, EntryPoint = "rd_kafka_mock_cluster_destroy")]
    private static partial void DestroyCluster(IntPtr cluster);

    [LibraryImport(NativeLibraryName, EntryPoint = "rd_kafka_mock_cluster_bootstraps")]
    private static partial IntPtr Bootstraps(IntPtr cluster);

    [LibraryImport(NativeLibraryName, EntryPoint = "rd_kafka_mock_topic_create", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int TopicCreate(IntPtr cluster, string topic, int partitions, int replicas);

    [LibraryImport(NativeLibraryName, EntryPoint = "rd_kafka_mock_broker_set_down")]
    private static partial int BrokerDown(IntPtr cluster, int broker);

    [LibraryImport(NativeLibraryName, EntryPoint = "rd_kafka_mock_broker_set_up")]
    private static partial int BrokerUp(IntPtr cluster, int broker);

    [LibraryImport(NativeLibraryName, EntryPoint = "rd_kafka_mock_group_initial_rebalance_delay_ms")]
    private static partial void InitialRebalanceDelay(IntPtr cluster, int milliseconds);
}
