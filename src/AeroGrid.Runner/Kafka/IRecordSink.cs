using Confluent.Kafka;

namespace AeroGrid.Runner.Kafka;

/// <summary>Takes what a topic's reader reads. Called on the reader's thread.</summary>
internal interface IRecordSink
{
    /// <summary>Whether another batch can be delivered.</summary>
    bool HasRoom { get; }

    /// <summary>Waits until there is room, or a while.</summary>
    void WaitForRoom(TimeSpan atMost);

    /// <summary>Hands a batch to the app; one without records only tells how far the partition was read.</summary>
    void Deliver(RecordBatch batch);

    /// <summary>A record that the app cannot be given.</summary>
    void Reject(ConsumeResult<byte[]?, byte[]?> record, string message, string field);

    /// <summary>Something about the progress of the topic has changed.</summary>
    void Progressed();

    /// <summary>Why the topic cannot be read, in words for a person; null when it can be.</summary>
    void SourceIs(string? problem);
}
