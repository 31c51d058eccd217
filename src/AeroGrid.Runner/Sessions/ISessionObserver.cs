using Confluent.Kafka;

namespace AeroGrid.Runner.Sessions;

/// <summary>Hears what happens in a topic. Called on the threads of topics' readers and on that of the session.</summary>
internal interface ISessionObserver
{
    /// <summary>It may have caught up now.</summary>
    void Progressed();

    /// <summary>Why a topic cannot be read; null when it can be.</summary>
    void SourceIs(string topic, string? problem);

    /// <summary>A record that the app cannot be given.</summary>
    void Rejected(string topic, ConsumeResult<byte[]?, byte[]?> record, string message, string? field);
}
