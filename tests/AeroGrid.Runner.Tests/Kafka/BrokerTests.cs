using AeroGrid.Grids.V1;
using AeroGrid.Runner.Kafka;
using AeroGrid.Runner.Tests.Support;
using AeroGrid.TestKit;

using Reason = AeroGrid.Grids.V1.GridStatus.Types.Reason;

namespace AeroGrid.Runner.Tests.Kafka;

public sealed class BrokerTests : IDisposable
{
    private readonly MockBroker broker = new();

    public void Dispose() => broker.Dispose();

    [Fact]
    public async Task A_broker_that_is_away_at_the_start_makes_grids_stale_until_it_comes()
    {
        broker.CreateTopic("orders");
        await broker.ProduceAsync("orders", "1", """{"product":"apple","quantity":2}""");
        broker.Stop();
        await using var runner = await TestRunner.ReadyAsync($"sums('g', '{broker.Address}')", change: o => o with { SourceLimit = TimeSpan.FromSeconds(1) });
        await using var follower = new Follower(runner.Grids, new SubscribeRequest { Grid = "g" });
        await follower.BecomesAsync(s => s is { Reason: Reason.SourceUnavailable } && s.Message == $"The event broker {broker.Address} cannot be reached.");
        broker.Start();
        await follower.HasAsync("apple", row => row.Cells[0].Int64 == 2);
        await follower.BecomesAsync(s => !s.Stale);
    }

    [Fact]
    public async Task A_broker_that_goes_away_in_the_middle_and_comes_back_loses_nothing()
    {
        broker.CreateTopic("orders");
        await broker.ProduceAsync("orders", "1", """{"product":"apple","quantity":2}""");
        await using var runner = await TestRunner.ReadyAsync($"sums('g', '{broker.Address}')");
        await using var follower = new Follower(runner.Grids, new SubscribeRequest { Grid = "g" });
        await follower.BecomesAsync(s => !s.Stale);
        broker.Stop();
        await follower.BecomesAsync(s => s is { Stale: true, Reason: Reason.SourceUnavailable });
        follower.Rows["apple"].Cells[0].Int64.ShouldBe(2);
        broker.Start();
        await broker.ProduceAsync("orders", "1", """{"product":"apple","quantity":3}""");
        await follower.HasAsync("apple", row => row.Cells[0].Int64 == 5);
        await follower.BecomesAsync(s => !s.Stale);
        (await runner.StatusAsync()).GetProperty("restarts").GetInt32().ShouldBe(0);
    }

    [Fact]
    public async Task A_topic_that_does_not_exist_yet_is_waited_for()
    {
        await using var runner = await TestRunner.ReadyAsync($"sums('g', '{broker.Address}', 'later')");
        await Eventually.Async(async () => (await runner.StatusAsync()).GetProperty("message").GetString().ShouldBe($"The event broker {broker.Address} has no topic \"later\" yet; the app waits for it."));
        broker.CreateTopic("later", 3);
        await broker.ProduceAsync("later", "1", """{"product":"apple","quantity":2}""");
        await runner.CellBecomesAsync("g", "apple", "units_sold", 2);
        await Eventually.Async(async () => (await runner.StatusAsync()).GetProperty("stale").GetBoolean().ShouldBeFalse());
    }

    [Fact]
    public async Task Replicas_that_start_at_the_beginning_hold_the_whole_grid_each()
    {
        broker.CreateTopic("orders", 4);
        for (var i = 0; i < 20; i++)
            await broker.ProduceAsync("orders", $"{i}", $$"""{"product":"p{{i}}","quantity":1}""");
        var script = $"sums('g', '{broker.Address}')";
        await using var first = await TestRunner.ReadyAsync(script);
        await using var second = await TestRunner.ReadyAsync(script);
        (await first.SnapshotAsync("g")).GetProperty("rows").GetArrayLength().ShouldBe(20);
        (await second.SnapshotAsync("g")).GetProperty("rows").GetArrayLength().ShouldBe(20);
    }

    [Fact]
    public async Task Replicas_of_a_group_share_the_partitions_from_2_to_3_to_1_and_miss_no_record()
    {
        broker.CreateTopic("orders", 6);
        var script = $"sums('g', '{broker.Address}', start='committed')";
        Action<Dictionary<string, string>> quick = e => (e["KAFKA_SESSION_TIMEOUT_MS"], e["KAFKA_HEARTBEAT_INTERVAL_MS"]) = ("6000", "200");
        await using var first = await TestRunner.ReadyAsync(script, quick);
        await using var second = await TestRunner.ReadyAsync(script, quick);
        await SharesAsync([first, second]);
        await ProduceAsync("a");
        await SeeAllAsync("a", first, second);

        await using var third = await TestRunner.ReadyAsync(script, quick);
        await SharesAsync([first, second, third]);
        await ProduceAsync("b");
        await SeeAllAsync("b", first, second, third);

        await second.StopAsync();
        await third.StopAsync();
        await SharesAsync([first]);
        await ProduceAsync("c");
        await SeeAllAsync("c", first);
    }

    [Theory]
    [InlineData("KAFKA_GROUP_ID", "the platform sets group.id itself")]
    [InlineData("KAFKA_PLUGIN_LIBRARY_PATHS", "loads code")]
    [InlineData("KAFKA_BOOTSTRAP_SERVERS", "aerogrid.App(broker=…)")]
    public void Settings_that_the_platform_owns_or_that_load_code_are_refused(string variable, string why) =>
        Should.Throw<InvalidSettingException>(() => KafkaSettings.Read(new Dictionary<string, string> { [variable] = "x" })).Message.ShouldContain(why);

    [Fact]
    public async Task An_unknown_setting_is_reported_and_the_app_sees_no_secret()
    {
        broker.CreateTopic("orders");
        await using var runner = await TestRunner.ReadyAsync(
            $"hello(broker='{broker.Address}', grids=[grid('g', 'n')], topics=['orders']); change('g', {{'k': [len([v for v in os.environ if v.startswith('KAFKA_')])]}}); idle()",
            e => e["KAFKA_NO_SUCH_SETTING"] = "1");
        await runner.CellBecomesAsync("g", "k", "n", 0);
        await Eventually.Async(async () => (await runner.StatusAsync()).GetProperty("message").GetString()!.ShouldContain("no.such.setting"));
    }

    private async Task ProduceAsync(string name)
    {
        for (var partition = 0; partition < 6; partition++)
            await broker.ProduceAsync("orders", System.Text.Encoding.UTF8.GetBytes($"{partition}"), System.Text.Encoding.UTF8.GetBytes($$"""{"product":"{{name}}{{partition}}","quantity":1}"""), partition);
    }

    /// <summary>Every partition has one owner among the replicas, and none is idle.</summary>
    private static Task SharesAsync(TestRunner[] runners) => Eventually.Async(async () =>
    {
        List<int> all = [];
        foreach (var runner in runners)
        {
            var own = (await runner.StatusAsync()).GetProperty("topics")[0].GetProperty("partitions").EnumerateArray().Select(p => p.GetProperty("partition").GetInt32()).ToList();
            own.ShouldNotBeEmpty();
            all.AddRange(own);
        }

        all.Order().ShouldBe([0, 1, 2, 3, 4, 5]);
    }, TimeSpan.FromSeconds(60));

    private static Task SeeAllAsync(string name, params TestRunner[] runners) => Eventually.Async(async () =>
    {
        HashSet<string> keys = [];
        foreach (var runner in runners)
            keys.UnionWith((await runner.SnapshotAsync("g", $"?prefix={name}")).GetProperty("rows").EnumerateArray().Select(r => r.GetProperty("key").GetString()!));
        keys.Count.ShouldBe(6);
    });
}
