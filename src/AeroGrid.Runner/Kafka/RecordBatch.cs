using Confluent.Kafka;

namespace AeroGrid.Runner.Kafka;

/// <summary>Records of one partition in their order, on the way to the app.</summary>
internal sealed class RecordBatch(string topic, int partition)
{
    public const int MostRecords = 1000;

    /// <summary>A batch that has so many bytes of keys and values takes no more records.</summary>
    public const int FullAtBytes = 1024 * 1024;

    public string Topic { get; } = topic;

    public int Partition { get; } = partition;

    public List<ConsumeResult<byte[]?, byte[]?>> Records { get; } = [];

    public long Bytes { get; private set; }

    public bool IsFull => Records.Count >= MostRecords || Bytes >= FullAtBytes;

    /// <summary>The offset behind the last record that was read, also when that was rejected.</summary>
    public long Next { get; set; }

    public void Add(ConsumeResult<byte[]?, byte[]?> record)
    {
        Records.Add(record);
        Bytes += (record.Message.Key?.Length ?? 0) + (record.Message.Value?.Length ?? 0) + 32;
    }
}
