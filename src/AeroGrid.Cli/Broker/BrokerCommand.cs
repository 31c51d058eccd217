using System.CommandLine;
using AeroGrid.Cli.Commands;
using AeroGrid.Cli.Connection;

namespace AeroGrid.Cli.Broker;

/// <summary><c>aerogrid broker send|tail</c>: for trying things with an event broker that speaks Kafka's protocol.</summary>
internal static class BrokerCommand
{
    public static Command Create() => Examples.Of(
        new Command("broker", "Send records to an event broker, and read them.") { CreateSend(), CreateTail() },
        """
        aerogrid broker send orders --key 1 '{"product": "apples", "quantity": 3}'
        aerogrid broker tail orders
        """);

    private static Command CreateSend()
    {
        var (data, broker, topic) = (PlatformOptions.CreateData(), BrokerAddress.Option(), TopicArgument());
        var json = new Argument<string?>("json")
        {
            HelpName = "JSON",
            Description = "The record. Without it, standard input is read: one record a line.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var key = new Option<string?>("--key", "-k") { HelpName = "TEXT", Description = "The key of every record. Default: none." };
        var command = new Command("send", "Send records to a topic; each must be JSON.") { topic, json, key, broker, data };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var records = parsed.GetValue(json) is { } one ? [one] : RecordLines.ReadAsync(Console.In, cancellationToken).ToBlockingEnumerable(cancellationToken);
            var sent = await new BrokerSender(BrokerAddress.Of(parsed.GetValue(broker), parsed.GetRequiredValue(data)))
                .SendAsync(parsed.GetRequiredValue(topic), parsed.GetValue(key), records, cancellationToken);
            parsed.InvocationConfiguration.Output.WriteLine(sent == 1 ? "1 record sent" : $"{sent} records sent");
            return 0;
        });
        return Examples.Of(
            command,
            """
            aerogrid broker send orders --key 1 '{"product": "apples", "quantity": 3}'
            aerogrid broker send orders < orders.jsonl
            """);
    }

    private static Command CreateTail()
    {
        var (data, broker, topic) = (PlatformOptions.CreateData(), BrokerAddress.Option(), TopicArgument());
        var beginning = new Option<bool>("--from-beginning") { Description = "Every record that the broker still has, not only new ones." };
        var count = new Option<int?>("--count", "-n") { HelpName = "N", Description = "Exit after so many records." };
        var output = new Option<string?>("--output", "-o") { HelpName = "json", Description = "Print each record as a JSON object, one a line, with topic, partition, offset, timestamp, key and value." };
        output.AcceptOnlyFromAmong("json");
        count.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 1)
            {
                result.AddError("-n: a number above 0");
            }
        });
        var command = new Command("tail", "Print the records of a topic as they come, until Ctrl-C.") { topic, beginning, count, output, broker, data };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var tail = new BrokerTail(BrokerAddress.Of(parsed.GetValue(broker), parsed.GetRequiredValue(data)), parsed.InvocationConfiguration.Output, parsed.GetValue(output) is not null);
            // The client of the broker blocks; a command has no other work to do meanwhile.
            await Task.Factory.StartNew(
                () => tail.Run(parsed.GetRequiredValue(topic), parsed.GetValue(beginning), parsed.GetValue(count), cancellationToken),
                cancellationToken,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default);
            return 0;
        });
        return Examples.Of(
            command,
            """
            aerogrid broker tail orders
            aerogrid broker tail orders --from-beginning -n 10 -o json
            """);
    }

    private static Argument<string> TopicArgument()
    {
        var topic = new Argument<string>("topic") { HelpName = "TOPIC", Description = "The topic's name." };
        topic.Validators.Add(result =>
        {
            // Kafka's rule: up to 249 letters, digits, '.', '_' and '-'.
            var name = result.GetValueOrDefault<string>() ?? "";
            if (name.Length is 0 or > 249 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-'))
            {
                result.AddError("TOPIC: up to 249 letters, digits, '.', '_' and '-'");
            }
        });
        return topic;
    }
}
