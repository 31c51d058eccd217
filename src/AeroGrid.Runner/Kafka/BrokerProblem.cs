using Confluent.Kafka;

namespace AeroGrid.Runner.Kafka;

/// <summary>Errors of the client library in words for the person whose app it is.</summary>
internal static class BrokerProblem
{
    /// <summary>What an error means; null when it is only a sign of others.</summary>
    public static string? Describe(Error error, string broker, string topic) => error.Code switch
    {
        ErrorCode.Local_Authentication or ErrorCode.SaslAuthenticationFailed =>
            $"The event broker {broker} refuses the app's credentials ({error.Reason}). Check KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD.",
        ErrorCode.Local_Ssl => $"No secure connection to the event broker {broker} ({error.Reason}). Check KAFKA_SECURITY_PROTOCOL and KAFKA_SSL_CA_LOCATION.",
        ErrorCode.TopicAuthorizationFailed => $"The event broker {broker} does not allow the app to read topic \"{topic}\".",
        ErrorCode.GroupAuthorizationFailed => $"The event broker {broker} does not allow the app its consumer group ({error.Reason}).",
        ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic or ErrorCode.Local_UnknownPartition =>
            $"The event broker {broker} has no topic \"{topic}\" yet; the app waits for it.",
        ErrorCode.Local_AllBrokersDown or ErrorCode.Local_Transport or ErrorCode.Local_Resolve or ErrorCode.Local_TimedOut or ErrorCode.BrokerNotAvailable =>
            $"The event broker {broker} cannot be reached.",
        _ when error.IsFatal => $"The event broker's client failed: {error.Reason}.",
        _ => null,
    };
}
