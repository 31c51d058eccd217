using AeroGrid.Cli.Commands;
using Confluent.Kafka;

namespace AeroGrid.Cli.Broker;

/// <summary>Remembers what a client of the broker complained of, and puts it into words. Thread-safe.</summary>
internal sealed class BrokerTrouble(string address)
{
    private volatile string _last = "";

    /// <summary>An error that the client tries to overcome by itself.</summary>
    public void OnError<T>(T client, Error error) => _last = error.Reason;

    /// <summary>The failure for a person.</summary>
    public CommandException Explain(KafkaException exception) => exception.Error.Code switch
    {
        ErrorCode.Local_MsgTimedOut or ErrorCode.Local_Transport or ErrorCode.Local_AllBrokersDown or ErrorCode.Local_TimedOut or ErrorCode.Local_Resolve =>
            new CommandException($"the broker {address} cannot be reached{(_last.Length > 0 ? $" ({_last})" : "")}; is it running? `aerogrid up --demo` starts one", exception),
        _ => new CommandException($"the broker {address} refuses it: {exception.Error.Reason}", exception),
    };
}
