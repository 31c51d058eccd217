using AeroGrid.Runner.Tests.Support;
using AeroGrid.TestKit;

using Confluent.Kafka;

namespace AeroGrid.Runner.Tests.Kafka;

/// <summary>What records look like to the app: an app that shows each message it gets as text.</summary>
public sealed class RecordTests : IDisposable
{
    private const string Show = """
        hello(broker=BROKER, grids=[grid('seen', 'text')], topics=['t'], key=KEY, value=VALUE)
        for m in records():
            for i, offset in enumerate(m['offsets']):
                text = json.dumps([m['keys'][i], m['values'][i], m.get('unverified', {}).get(str(i)), m.get('traceparents', {}).get(str(i))], ensure_ascii=False)
                change('seen', {str(offset): [text if len(text) < 2000 else len(text)]})
            ack(m)
        """;

    private readonly MockBroker broker = new();

    public RecordTests() => broker.CreateTopic("t");

    public void Dispose() => broker.Dispose();

    [Fact]
    public async Task Values_arrive_as_they_were_sent_and_what_is_not_JSON_arrives_unverified()
    {
        await broker.ProduceAsync("t", "k", """{"ä":"日本 🚀","n":123456789012345678901234567890,"d":1e-7}""");
        await broker.ProduceAsync("t", null, "null");
        await broker.ProduceAsync("t", "tombstone", null);
        await broker.ProduceAsync("t", "k", """{"price": NaN}""");
        await broker.ProduceAsync("t", "k", "1", headers: [new Header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"u8.ToArray())]);
        await using var runner = await StartAsync("str", "json");
        await SeesAsync(runner, 0, """["k", {"ä": "日本 🚀", "n": 123456789012345678901234567890, "d": 1e-07}, null, null]""");
        await SeesAsync(runner, 1, "[null, null, null, null]");
        await SeesAsync(runner, 2, """["tombstone", null, null, null]""");
        await SeesAsync(runner, 3, """["k", null, "{\"price\": NaN}", null]""");
        await SeesAsync(runner, 4, """["k", 1, null, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"]""");
    }

    [Fact]
    public async Task Poison_goes_to_the_error_grid_and_the_stream_goes_on()
    {
        await broker.ProduceAsync("t", [0xFF, 0xFE], "1"u8.ToArray());
        await broker.ProduceAsync("t", "k"u8.ToArray(), [0xC3, 0x28]);
        await broker.ProduceAsync("t", "k", "2");
        await using var runner = await StartAsync("str", "json");
        await SeesAsync(runner, 2, """["k", 2, null, null]""");
        await runner.CellBecomesAsync("_errors", "t/0/0", "message", "the key is not UTF-8");
        await runner.CellBecomesAsync("_errors", "t/0/1", "field", "value");
        (await runner.Http.GetStringAsync("/metrics")).ShouldContain("aerogrid_records_rejected_total{topic=\"t\"} 2");
        (await runner.StatusAsync()).GetProperty("stale").GetBoolean().ShouldBeFalse();
    }

    [Fact]
    public async Task A_topic_of_nothing_but_poison_is_caught_up_with()
    {
        for (var i = 0; i < 10; i++)
            await broker.ProduceAsync("t", "k"u8.ToArray(), [0xC3, 0x28]);
        await using var runner = await StartAsync("str", "json");
        await Eventually.Async(async () => (await runner.StatusAsync()).GetProperty("stale").GetBoolean().ShouldBeFalse());
        (await runner.StatusAsync()).GetProperty("topics")[0].GetProperty("partitions")[0].GetProperty("lag").GetInt64().ShouldBe(0);
    }

    [Fact]
    public async Task A_record_that_the_app_rejects_is_in_the_error_grid_with_its_value()
    {
        await broker.ProduceAsync("t", "k", """{"quantity":"two"}""");
        await using var runner = await TestRunner.ReadyAsync($$"""
            hello(broker='{{broker.Address}}', topics=['t'])
            for m in records():
                send(type='reject', stream=0, topic='t', partition=0, offset=m['offsets'][0], message='quantity must be a whole number', field='quantity')
                ack(m)
            """);
        await runner.CellBecomesAsync("_errors", "t/0/0", "value", """{"quantity":"two"}""");
        await runner.CellBecomesAsync("_errors", "t/0/0", "record_key", "k");
    }

    [Fact]
    public async Task Keys_of_every_type_arrive()
    {
        await broker.ProduceAsync("t", "42", "0");
        await broker.ProduceAsync("t", "-7", "0");
        await broker.ProduceAsync("t", [0, 0, 1, 0], "0"u8.ToArray());
        await broker.ProduceAsync("t", [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE], "0"u8.ToArray());
        await broker.ProduceAsync("t", "99999999999999999999999", "0");
        await broker.ProduceAsync("t", "x", "0");
        await using var runner = await StartAsync("int", "json");
        await SeesAsync(runner, 0, "[42, 0, null, null]");
        await SeesAsync(runner, 1, "[-7, 0, null, null]");
        await SeesAsync(runner, 2, "[256, 0, null, null]");
        await SeesAsync(runner, 3, "[-2, 0, null, null]");
        await SeesAsync(runner, 4, "[99999999999999999999999, 0, null, null]");
        await runner.CellBecomesAsync("_errors", "t/0/5", "message", "the key is not a whole number");
    }

    [Fact]
    public async Task Bytes_arrive_as_base64_and_texts_as_texts()
    {
        await broker.ProduceAsync("t", [0, 1, 255], [9, 8]);
        await using var runner = await StartAsync("bytes", "bytes");
        await SeesAsync(runner, 0, """["AAH/", "CQg=", null, null]""");
    }

    [Fact]
    public async Task Values_of_a_megabyte_pass()
    {
        for (var i = 0; i < 5; i++)
            await broker.ProduceAsync("t", "k", $"\"{new string('x', 990_000)}\"");
        await using var runner = await StartAsync("str", "json");
        for (var i = 0; i < 5; i++)
            await runner.CellBecomesAsync("seen", $"{i}", "text", 990_000 + "[\"k\", \"\", null, null]".Length);
    }

    [Fact]
    public async Task Every_record_of_a_long_topic_is_seen_once_by_each_stream()
    {
        const int count = 20_000;
        broker.ProduceMany("t", Enumerable.Range(0, count).Select(i => ((string?)$"{i}", (string?)$"{i}")));
        await using var runner = await TestRunner.ReadyAsync($$"""
            hello(broker='{{broker.Address}}', grids=[grid('g', 'count', 'sum')], topics=['t'], streams=[{'id': 0, 'topic': 't', 'function': 'a'}, {'id': 1, 'topic': 't', 'function': 'b'}])
            count, sums = [0, 0], [0, 0]
            for m in records():
                s = m['stream']
                assert len(m['values']) <= 1000
                count[s] += len(m['values']); sums[s] += sum(m['values'])
                change('g', {str(s): [count[s], sums[s]]})
                ack(m)
            """);
        foreach (var stream in (string[])["0", "1"])
        {
            await runner.CellBecomesAsync("g", stream, "count", count);
            await runner.CellBecomesAsync("g", stream, "sum", (long)count * (count - 1) / 2);
        }
    }

    [Fact]
    public async Task Kcat_and_the_runner_understand_the_same_broker()
    {
        Assert.SkipUnless(Tools.Has("kcat"), "kcat is not installed");
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "k:{\"from\":\"kcat\"}\n");
        (await Command.RunAsync("kcat", ["-b", broker.Address, "-P", "-t", "t", "-K", ":", "-l", file])).ExitCode.ShouldBe(0);
        File.Delete(file);
        await using var runner = await StartAsync("str", "json");
        await SeesAsync(runner, 0, """["k", {"from": "kcat"}, null, null]""");
    }

    private Task<TestRunner> StartAsync(string key, string value) => TestRunner.ReadyAsync(
        Show.Replace("BROKER", $"'{broker.Address}'").Replace("KEY", $"'{key}'").Replace("VALUE", $"'{value}'"));

    private static Task SeesAsync(TestRunner runner, long offset, string text) => runner.CellBecomesAsync("seen", $"{offset}", "text", text);
}
