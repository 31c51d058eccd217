using AeroGrid.Runner.Kafka;
using AeroGrid.Runner.Protocol;

namespace AeroGrid.Runner.Sessions;

/// <summary>The batches that a function of the app has and has not acknowledged. Thread-safe.</summary>
internal sealed class StreamWindow(StreamDefinition definition, int indexInTopic)
{
    public const int MostBatches = 2;

    private readonly Lock gate = new();
    private readonly Queue<Sent> queue = new();
    private long nextBatch;
    private int outstanding;

    public StreamDefinition Definition { get; } = definition;

    /// <summary>The number of the stream among those of its topic.</summary>
    public int IndexInTopic { get; } = indexInTopic;

    public bool HasRoom
    {
        get
        {
            lock (gate)
                return outstanding < MostBatches;
        }
    }

    /// <summary>Gives a batch its number.</summary>
    public long Add(RecordBatch batch)
    {
        lock (gate)
        {
            queue.Enqueue(new Sent(nextBatch, batch));
            outstanding++;
            return nextBatch++;
        }
    }

    /// <summary>A batch of which nothing is left to send, so that it is handled as soon as those before it are.</summary>
    /// <returns>True when that is now.</returns>
    public bool AddEmpty(RecordBatch batch)
    {
        lock (gate)
        {
            if (queue.Count == 0)
                return true;
            queue.Enqueue(new Sent(-1, batch));
            return false;
        }
    }

    /// <summary>The app has handled a batch.</summary>
    /// <returns>It, and those without records that follow it.</returns>
    /// <exception cref="ProtocolException">It is not the one whose turn it is.</exception>
    public List<RecordBatch> Acknowledge(long number)
    {
        lock (gate)
        {
            if (!queue.TryPeek(out var first) || first.Number != number)
                throw new ProtocolException($"an ack of batch {number} of stream {Definition.Id}, whose turn it is not");
            List<RecordBatch> handled = [queue.Dequeue().Batch];
            outstanding--;
            while (queue.TryPeek(out var next) && next.Number < 0)
                handled.Add(queue.Dequeue().Batch);
            return handled;
        }
    }

    /// <summary>A record that the app has now, or null.</summary>
    public Confluent.Kafka.ConsumeResult<byte[]?, byte[]?>? Find(int partition, long offset)
    {
        lock (gate)
            return queue.Where(s => s.Batch.Partition == partition).SelectMany(s => s.Batch.Records).FirstOrDefault(r => r.Offset.Value == offset);
    }

    private readonly record struct Sent(long Number, RecordBatch Batch);
}
