using AeroGrid.Runner.Kafka;
using AeroGrid.Runner.Protocol;

using Confluent.Kafka;

namespace AeroGrid.Runner.Sessions;

/// <summary>Between the reader of a topic and the functions of the app that want its records.</summary>
internal sealed class TopicFeed : IRecordSink, IDisposable
{
    private readonly SdkConnection connection;
    private readonly ISessionObserver observer;
    private readonly RecordsEncoder encoder;
    private readonly TopicReader reader;
    private readonly ManualResetEventSlim room = new(true);

    public TopicFeed(TopicReaderOptions options, IReadOnlyList<StreamWindow> streams, SdkConnection connection, ISessionObserver observer, TimeProvider time)
    {
        (Streams, this.connection, this.observer) = (streams, connection, observer);
        Topic = options.Topic.Name;
        encoder = new RecordsEncoder(new RecordFormat(options.Topic));
        Progress = new TopicProgress(Topic, streams.Count);
        reader = new TopicReader(options, Progress, this, time);
    }

    public string Topic { get; }

    public IReadOnlyList<StreamWindow> Streams { get; }

    public TopicProgress Progress { get; }

    public bool HasRoom => Streams.All(s => s.HasRoom);

    /// <summary>Why the topic cannot be read; null when it can be.</summary>
    public string? Problem { get; private set; }

    public void Start() => reader.Start();

    public void WaitForRoom(TimeSpan atMost)
    {
        room.Reset();
        if (!HasRoom)
            room.Wait(atMost);
    }

    public void Deliver(RecordBatch batch)
    {
        if (batch.Records.Count == 0)
        {
            foreach (var stream in Streams.Where(s => s.AddEmpty(batch)))
                Handled(stream, batch);
            observer.Progressed();
            return;
        }

        encoder.Encode(batch);
        foreach (var stream in Streams)
            connection.Send(encoder.FrameFor(stream.Definition.Id, stream.Add(batch)));
    }

    public void Reject(ConsumeResult<byte[]?, byte[]?> record, string message, string field) => observer.Rejected(Topic, record, message, field);

    public void Progressed() => observer.Progressed();

    public void SourceIs(string? problem)
    {
        Problem = problem;
        observer.SourceIs(Topic, problem);
    }

    /// <summary>The app has handled a batch.</summary>
    /// <returns>How many records that were.</returns>
    /// <exception cref="ProtocolException">It was not its turn.</exception>
    public int Acknowledge(StreamWindow stream, long number)
    {
        var count = 0;
        foreach (var batch in stream.Acknowledge(number))
        {
            count += batch.Records.Count;
            Handled(stream, batch);
        }

        room.Set();
        observer.Progressed();
        return count;
    }

    /// <summary>Partitions with the number of records that the app has not handled; null while that is unknown.</summary>
    public IReadOnlyList<(int Partition, long? Lag)> Lag() =>
        [.. Progress.Snapshot().Select(p => (p.Partition, reader.EndOf(p.Partition) is { } end ? Math.Max(0, end - Math.Max(0, p.Handled)) : (long?)null))];

    public void Dispose()
    {
        reader.Dispose();
        encoder.Dispose();
        room.Dispose();
    }

    private void Handled(StreamWindow stream, RecordBatch batch)
    {
        if (Progress.Handled(stream.IndexInTopic, batch.Partition, batch.Next) is { } next)
            reader.Store(batch.Partition, next);
    }
}
