using System.Text.Json.Nodes;
using AeroGrid.Cli.Broker;
using AeroGrid.Cli.Commands;
using AeroGrid.Cli.Connection;
using AeroGrid.TestKit;
using Confluent.Kafka;

namespace AeroGrid.Cli.Tests.Broker;

public sealed class BrokerTests(MockBroker broker) : IClassFixture<MockBroker>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_sent_is_read_from_the_beginning_in_its_order()
    {
        var sent = await new BrokerSender(broker.Address).SendAsync("in-order", "k", Enumerable.Range(0, 500).Select(i => $$"""{"n":{{i}}}"""), Token);
        sent.ShouldBe(500);

        var lines = await TailAsync("in-order", count: 500);

        var records = lines.Select(l => JsonNode.Parse(l)!).ToList();
        // One key is one partition, in which the order is kept.
        records.Select(r => (int)r["value"]!["n"]!).ShouldBe(Enumerable.Range(0, 500));
        records.ShouldAllBe(r => (string)r["key"]! == "k" && (string)r["topic"]! == "in-order");
        records.Select(r => (long)r["offset"]!).ShouldBeInOrder();
    }

    [Fact]
    public async Task Without_the_beginning_only_new_records_come()
    {
        await new BrokerSender(broker.Address).SendAsync("fresh", null, ["""{"old":true}"""], Token);
        var output = new StringWriter();
        var tail = Task.Run(() => new BrokerTail(broker.Address, TextWriter.Synchronized(output), json: true).Run("fresh", fromBeginning: false, 1, Token), Token);

        // The tail looks for the end at a moment of its own: records go on coming until it has seen one.
        while (!tail.IsCompleted)
        {
            await new BrokerSender(broker.Address).SendAsync("fresh", null, ["""{"old":false}"""], Token);
        }

        await tail;
        ((bool)JsonNode.Parse(output.ToString())!["value"]!["old"]!).ShouldBeFalse();
    }

    [Fact]
    public async Task Text_for_people_commands_nothing_and_null_is_told_from_empty()
    {
        using (var producer = new ProducerBuilder<byte[]?, byte[]?>(new ProducerConfig { BootstrapServers = broker.Address }).Build())
        {
            await producer.ProduceAsync("hostile", new Message<byte[]?, byte[]?> { Key = "k\u001b[2J"u8.ToArray(), Value = "a\nb\u0007"u8.ToArray() }, Token);
            await producer.ProduceAsync("hostile", new Message<byte[]?, byte[]?> { Key = "k\u001b[2J"u8.ToArray(), Value = null }, Token);
        }

        var lines = await TailAsync("hostile", count: 2, json: false);

        lines[0].ShouldEndWith("\tk\\x1b[2J\ta\\x0ab\\x07");
        lines[1].ShouldEndWith("\tk\\x1b[2J\tnull");
    }

    [Fact]
    public async Task A_record_that_is_not_JSON_is_named()
    {
        var exception = await Should.ThrowAsync<CommandException>(() => new BrokerSender(broker.Address).SendAsync("orders", null, ["{}", "apples"], Token));

        exception.Message.ShouldStartWith("record 2 is not JSON");
    }

    [Fact]
    public async Task A_broker_that_is_not_there_is_told_with_how_to_start_one()
    {
        var address = $"127.0.0.1:{RunningPlatform.FreePort()}";

        (await Should.ThrowAsync<CommandException>(() => new BrokerSender(address).SendAsync("orders", null, ["{}"], Token)))
            .Message.ShouldContain($"the broker {address} cannot be reached");
        Should.Throw<CommandException>(() => new BrokerTail(address, TextWriter.Null, json: false).Run("orders", true, 1, Token))
            .Message.ShouldContain("aerogrid up --demo");
    }

    [Fact]
    public void The_broker_is_the_one_that_was_named_or_that_of_the_platform()
    {
        var folder = Directory.CreateTempSubdirectory("aerogrid-broker-").FullName;
        try
        {
            BrokerAddress.Of("named:1", folder).ShouldBe("named:1");
            Should.Throw<CommandException>(() => BrokerAddress.Of(null, folder)).Message.ShouldContain("aerogrid up --demo");
            new PlatformFile(new Uri("http://localhost:1"), new Uri("http://localhost:2"), new Uri("http://localhost:1/identity"), 1, DateTimeOffset.UnixEpoch, "0", "127.0.0.1:9").Write(folder);
            BrokerAddress.Of(null, folder).ShouldBe("127.0.0.1:9");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Standard_input_is_one_record_a_line()
    {
        var lines = new List<string>();
        await foreach (var line in RecordLines.ReadAsync(new StringReader("{}\n\n  \n[1]\n"), Token))
        {
            lines.Add(line);
        }

        lines.ShouldBe(["{}", "[1]"]);
    }

    private async Task<string[]> TailAsync(string topic, int count, bool json = true)
    {
        var output = new StringWriter();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        await Task.Run(() => new BrokerTail(broker.Address, output, json).Run(topic, fromBeginning: true, count, limit.Token), Token);
        return output.ToString().ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
    }
}
