using AeroGrid.Runner.Hosting;
using AeroGrid.Runner.Protocol;

using Confluent.Kafka;

namespace AeroGrid.Runner.Kafka;

/// <summary>
/// Reads one topic on a thread of its own, so that a slow function of the app holds up its own topic only. With <see cref="StartMode.Committed"/> it is
/// a member of the consumer group; otherwise it reads all partitions, and commits offsets only for others to see the lag.
/// </summary>
internal sealed class TopicReader : IDisposable
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LookAgainSoon = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan PollFor = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan PauseAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BrokerAnswersWithin = TimeSpan.FromSeconds(2);

    private readonly TopicReaderOptions options;
    private readonly TopicProgress progress;
    private readonly IRecordSink sink;
    private readonly TimeProvider time;
    private readonly RecordFormat format;
    private readonly CancellationTokenSource stop = new();
    private readonly Thread thread;
    private readonly Lock gate = new();
    private readonly Dictionary<int, long> delivered = [];
    private readonly HashSet<int> assigned = [];
    private IConsumer<byte[]?, byte[]?>? consumer;
    private RecordBatch? batch;
    private long lookedAt;
    private bool mustLook = true;
    private string? refusal;
    private string? problem;

    public TopicReader(TopicReaderOptions options, TopicProgress progress, IRecordSink sink, TimeProvider time)
    {
        (this.options, this.progress, this.sink, this.time) = (options, progress, sink, time);
        format = new RecordFormat(options.Topic);
        thread = new Thread(Run, 512 * 1024) { IsBackground = true, Name = $"topic {options.Topic.Name}" };
    }

    public void Start() => thread.Start();

    /// <summary>All functions have handled a partition up to an offset; it is committed soon.</summary>
    public void Store(int partition, long next)
    {
        lock (gate)
        {
            try
            {
                consumer?.StoreOffset(new TopicPartitionOffset(options.Topic.Name, partition, next));
            }
            catch (KafkaException)
            {
                // The partition was given to another replica in this moment, which reads these records again: at least once.
            }
        }
    }

    /// <summary>The end of a partition as the broker said last; null when it has not.</summary>
    public long? EndOf(int partition)
    {
        lock (gate)
        {
            if (consumer is null)
                return null;
            var end = consumer.GetWatermarkOffsets(new TopicPartition(options.Topic.Name, partition)).High.Value;
            return end < 0 ? null : end;
        }
    }

    /// <summary>Stops reading, commits and leaves the group; waits a few seconds at most, since the broker may be away.</summary>
    public void Dispose()
    {
        stop.Cancel();
        if (thread.Join(TimeSpan.FromSeconds(3)))
            stop.Dispose();
    }

    private void Run()
    {
        try
        {
            consumer = Build();
            using var admin = new DependentAdminClientBuilder(consumer.Handle).Build();
            if (options.Start == StartMode.Committed)
                consumer.Subscribe(options.Topic.Name);
            while (!stop.IsCancellationRequested)
            {
                if (mustLook || time.GetElapsedTime(lookedAt) > (problem is null ? LookAgain : LookAgainSoon))
                    Look(admin);
                Poll();
            }
        }
        catch (Exception e) when (e is KafkaException or InvalidOperationException or ArgumentException)
        {
            // The library refuses a setting, for example; nothing gets better by trying again.
            Report($"The event broker's client cannot be used: {e.Message}");
        }
        finally
        {
            Close();
        }
    }

    private IConsumer<byte[]?, byte[]?> Build() => new ConsumerBuilder<byte[]?, byte[]?>(options.ToConsumerConfig())
        .SetErrorHandler((_, error) => OnError(error))
        .SetLogHandler(static (_, _) => { })
        .SetPartitionsAssignedHandler((_, partitions) => Assigned(partitions.Select(p => p.Partition.Value)))
        .SetPartitionsRevokedHandler((_, partitions) => Revoked(partitions.Select(p => p.Partition.Value)))
        .SetPartitionsLostHandler((_, partitions) => Revoked(partitions.Select(p => p.Partition.Value)))
        .Build();

    private void Close()
    {
        lock (gate)
        {
            try
            {
                consumer?.Close();
            }
            catch (KafkaException e)
            {
                Say.That($"the offsets of topic {options.Topic.Name} could not be committed: {e.Error.Reason}.");
            }

            consumer?.Dispose();
            consumer = null;
        }
    }

    private void OnError(Error error)
    {
        if (error.Code is ErrorCode.Local_Authentication or ErrorCode.SaslAuthenticationFailed or ErrorCode.Local_Ssl || error.IsFatal)
            refusal = BrokerProblem.Describe(error, options.Broker, options.Topic.Name);

        // Whether it is really away is found out by asking it.
        mustLook = true;
    }

    /// <summary>Asks the broker for the partitions of the topic: finds new ones, and whether the broker is there at all.</summary>
    private void Look(IAdminClient admin)
    {
        mustLook = false;
        try
        {
            var topic = admin.GetMetadata(options.Topic.Name, BrokerAnswersWithin).Topics.Single();
            refusal = null;
            if (topic.Error.IsError)
            {
                // There is nothing to catch up with; the app begins when the topic does.
                progress.Known();
                sink.Progressed();
                Report(BrokerProblem.Describe(topic.Error, options.Broker, topic.Topic) ?? $"Topic \"{topic.Topic}\" cannot be read: {topic.Error.Reason}.");
            }
            else
            {
                if (options.Start != StartMode.Committed)
                    AssignNew([.. topic.Partitions.Select(p => p.PartitionId).Where(p => !assigned.Contains(p))]);
                Report(null);
            }
        }
        catch (KafkaException e)
        {
            Report(refusal ?? BrokerProblem.Describe(e.Error, options.Broker, options.Topic.Name) ?? $"The event broker {options.Broker} answers with an error: {e.Error.Reason}.");
        }

        lookedAt = time.GetTimestamp();
    }

    private void AssignNew(List<int> partitions)
    {
        if (partitions.Count == 0)
            return;

        // Partitions that come later hold nothing from before, so that they are read from their beginning in every case.
        var offset = options.Start == StartMode.End && assigned.Count == 0 ? Offset.End : Offset.Beginning;
        progress.Add(partitions);
        assigned.UnionWith(partitions);
        consumer!.IncrementalAssign(partitions.Select(p => new TopicPartitionOffset(options.Topic.Name, p, offset)));
    }

    private void Assigned(IEnumerable<int> partitions)
    {
        progress.Add(partitions);
        assigned.UnionWith(partitions);
        sink.Progressed();
    }

    private void Revoked(IEnumerable<int> partitions)
    {
        progress.Remove(partitions);
        assigned.ExceptWith(partitions);
        foreach (var partition in partitions)
            delivered.Remove(partition);
        if (batch is not null && partitions.Contains(batch.Partition))
            batch = null;
        sink.Progressed();
    }

    private void Poll()
    {
        try
        {
            var result = consumer!.Consume(batch is null ? PollFor : TimeSpan.Zero);
            if (result is null)
                Flush();
            else if (result.IsPartitionEOF)
                ReachedEnd(result.Partition.Value);
            else
                Take(result);
        }
        catch (ConsumeException e)
        {
            mustLook = true;
            if (e.Error.Code is not (ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic) && BrokerProblem.Describe(e.Error, options.Broker, options.Topic.Name) is null)
                Say.That($"topic {options.Topic.Name}: {e.Error.Reason}.");
        }
    }

    private void ReachedEnd(int partition)
    {
        Flush();
        progress.ReachedEnd(partition, delivered.GetValueOrDefault(partition, -1));
        sink.Progressed();
    }

    private void Take(ConsumeResult<byte[]?, byte[]?> record)
    {
        var partition = record.Partition.Value;
        if (batch is not null && batch.Partition != partition)
            Flush();
        batch ??= new RecordBatch(options.Topic.Name, partition);
        batch.Next = delivered[partition] = record.Offset.Value + 1;
        if (format.FindProblem(record) is var (message, field))
            sink.Reject(record, message, field);
        else
            batch.Add(record);
        var end = consumer!.GetWatermarkOffsets(record.TopicPartition).High.Value;
        progress.Read(partition, record.Offset.Value, end);
        if (batch.IsFull)
            Flush();
    }

    private void Flush()
    {
        if (batch is null)
            return;
        if (batch.Records.Count > 0)
            WaitForRoom();

        // It may have been taken back while the app was busy.
        if (batch is { } ready && !stop.IsCancellationRequested)
            sink.Deliver(ready);
        batch = null;
    }

    /// <summary>
    /// While the app is busy the broker must still hear of this consumer and the consumer of the broker: after a second the partitions are paused
    /// and polling goes on.
    /// </summary>
    private void WaitForRoom()
    {
        var since = time.GetTimestamp();
        while (!sink.HasRoom && time.GetElapsedTime(since) < PauseAfter && !stop.IsCancellationRequested)
            sink.WaitForRoom(PollFor);
        if (sink.HasRoom)
            return;
        var paused = consumer!.Assignment;
        consumer.Pause(paused);
        List<ConsumeResult<byte[]?, byte[]?>> early = [];
        while (!sink.HasRoom && batch is not null && !stop.IsCancellationRequested)
        {
            sink.WaitForRoom(PollFor);
            if (consumer.Consume(TimeSpan.Zero) is { IsPartitionEOF: false } record)
                early.Add(record);
        }

        // What came in spite of the pause, from partitions that were assigned meanwhile, is read again.
        foreach (var first in early.GroupBy(r => r.Partition.Value, (_, records) => records.First()))
            consumer.Seek(first.TopicPartitionOffset);
        consumer.Resume(consumer.Assignment);
    }

    private void Report(string? now)
    {
        if (string.Equals(problem, now, StringComparison.Ordinal))
            return;
        problem = now;
        sink.SourceIs(now);
    }
}
