using System.Diagnostics;

using AeroGrid.Grids.V1;
using AeroGrid.Runner.Tests.Support;
using AeroGrid.TestKit;

using Grpc.Core;

using Reason = AeroGrid.Grids.V1.GridStatus.Types.Reason;

namespace AeroGrid.Runner.Tests.Supervision;

public sealed class FailureTests : IDisposable
{
    private readonly MockBroker broker = new();

    public void Dispose() => broker.Dispose();

    [Theory]
    [InlineData("sys.exit(5)", 5)]
    [InlineData("sys.exit(0)", 1)]
    [InlineData("hello(); fail('no')", 1)]
    [InlineData("hello(); send(type='nonsense'); idle()", 1)]
    [InlineData("hello(); send_bytes(b'\\xff' * 100); idle()", 1)]
    [InlineData("hello(); change('unknown', {'k': [1]}); idle()", 1)]
    public async Task An_app_that_fails_before_it_was_ready_ends_the_runner(string script, int code)
    {
        await using var runner = TestRunner.Start(script);
        (await runner.Running.WaitAsync(TimeSpan.FromSeconds(20))).ShouldBe(code);
    }

    [Fact]
    public async Task An_app_that_does_not_begin_ends_the_runner()
    {
        await using var runner = TestRunner.Start("time.sleep(1000)", change: o => o with { HelloLimit = TimeSpan.FromSeconds(1) });
        (await runner.Running.WaitAsync(TimeSpan.FromSeconds(20))).ShouldBe(1);
    }

    [Fact]
    public async Task An_exception_makes_grids_stale_with_file_and_line_and_after_the_restart_only_differences_come()
    {
        broker.CreateTopic("orders");
        await broker.ProduceAsync("orders", "1", """{"product":"apple","quantity":2}""");
        await broker.ProduceAsync("orders", "1", """{"product":"pear","quantity":2}""");
        var flag = Path.GetTempFileName();
        try
        {
            // It fails once, at a record that comes later; the next life reads it without harm.
            var script = $$"""
                def fail_once(text):
                    if os.path.exists('{{flag}}'):
                        os.remove('{{flag}}')
                        original(text)
                original, fail = fail, fail_once
                globals()['fail'] = fail_once
                sums('g', '{{broker.Address}}')
                """;
            await using var runner = await TestRunner.ReadyAsync(script);
            await using var follower = new Follower(runner.Grids, new SubscribeRequest { Grid = "g" });
            await follower.HasAsync("pear", _ => true);
            await follower.BecomesAsync(s => !s.Stale);
            var epoch = follower.Position!.Epoch;

            await broker.ProduceAsync("orders", "1", """{"product":"apple","quantity":5,"fail":"bad luck"}""");
            await follower.BecomesAsync(s => s is { Stale: true, Reason: Reason.CodeFailed, Message: "ValueError: bad luck", File: "app.py", Line: 7 });
            (await runner.StatusAsync()).GetProperty("traceback").GetString().ShouldBe("Traceback: bad luck");
            follower.Rows["apple"].Cells[0].Int64.ShouldBe(2);
            (await runner.Http.GetAsync("/readyz")).IsSuccessStatusCode.ShouldBeTrue();

            await follower.HasAsync("apple", row => row.Cells[0].Int64 == 7);
            await follower.BecomesAsync(s => !s.Stale);
            follower.Position.Epoch.ShouldBe(epoch);
            follower.Events.Count(e => e.Snapshot is not null).ShouldBe(1);
            follower.Events.Where(e => e.Changes is not null).SelectMany(e => e.Changes.Upserts).Select(r => r.Key).ShouldBe(["apple"]);
            (await runner.StatusAsync()).GetProperty("restarts").GetInt32().ShouldBe(1);
        }
        finally
        {
            File.Delete(flag);
        }
    }

    [Fact]
    public async Task Kill_9_of_the_app_is_noticed_at_once_and_the_rows_stay_readable()
    {
        await using var runner = await TestRunner.ReadyAsync("hello(grids=[grid('g', 'pid')]); change('g', {'k': [os.getpid()]}); idle()");
        await using var follower = new Follower(runner.Grids, new SubscribeRequest { Grid = "g" });
        await follower.HasAsync("k", _ => true);
        var pid = follower.Rows["k"].Cells[0].Int64;
        var watch = Stopwatch.StartNew();
        Process.GetProcessById((int)pid).Kill();
        await follower.BecomesAsync(s => s is { Reason: Reason.CodeFailed } && s.Message.Contains("signal 9"));
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(2));
        follower.Rows["k"].Cells[0].Int64.ShouldBe(pid);
        await follower.HasAsync("k", row => row.Cells[0].Int64 != pid);
        await follower.BecomesAsync(s => !s.Stale);
    }

    [Fact]
    public async Task Blocked_code_is_reported_with_its_line_and_ended_after_the_limit()
    {
        const string script = """
            hello(grids=[grid('g', 'pid')])
            change('g', {'k': [os.getpid()]})
            time.sleep(2)
            beat.lag, beat.place = 6, {'file': 'app.py', 'line': 12, 'function': 'on_orders'}
            time.sleep(1000)
            """;
        await using var runner = await TestRunner.ReadyAsync(script, change: o => o with { BlockedLimit = TimeSpan.FromSeconds(8) });
        await using var follower = new Follower(runner.Grids, new SubscribeRequest { Grid = "g" });
        await follower.BecomesAsync(s => s is { Reason: Reason.CodeBlocked, File: "app.py", Line: 12 } && s.Message.Contains("app.py, line 12"));
        await follower.BecomesAsync(s => s is { Reason: Reason.CodeFailed, File: "app.py", Line: 12 } && s.Message.Contains("ended after 8 s"));
        await Eventually.Async(async () => (await runner.StatusAsync()).GetProperty("restarts").GetInt32().ShouldBe(1));
    }

    [Fact]
    public async Task Stopping_tells_the_app_and_the_subscribers_and_ends_with_0()
    {
        await using var runner = await TestRunner.ReadyAsync("hello(grids=[grid('g', 'a')]); change('g', {'k': [1]}); idle()");
        await using var follower = new Follower(runner.Grids, new SubscribeRequest { Grid = "g" });
        await follower.HasAsync("k", _ => true);
        var watch = Stopwatch.StartNew();
        (await runner.StopAsync()).ShouldBe(0);
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(5));
        (await follower.Reading).StatusCode.ShouldBe(StatusCode.Unavailable);
        follower.Status!.Reason.ShouldBe(Reason.Stopping);
    }

    [Fact]
    public async Task An_app_that_does_not_stop_is_killed_in_time()
    {
        await using var runner = await TestRunner.ReadyAsync("""
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            hello(grids=[grid('g', 'a')])
            while True: receive()
            """, change: o => o with { StopLimit = TimeSpan.FromSeconds(1) });
        (await runner.StopAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Grids_beyond_the_memory_limit_fail_the_app_by_name()
    {
        const string script = "hello(grids=[grid('huge', 'a')]); time.sleep(2); [change('huge', {f'{n}-{i}': ['x' * 1000] for i in range(500)}) for n in range(20)]; idle()";
        await using var runner = await TestRunner.ReadyAsync(script, e => e["AEROGRID_GRID_MEMORY_MB"] = "2");
        await Eventually.Async(async () => (await runner.StatusAsync()).GetProperty("message").GetString()!.ShouldContain("grid \"huge\" has grown to"));
    }
}
