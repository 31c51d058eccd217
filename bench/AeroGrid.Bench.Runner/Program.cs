using System.Diagnostics;

using AeroGrid.Bench.Runner;
using AeroGrid.Grids.V1;
using AeroGrid.TestKit;

using Grpc.Core;
using Grpc.Net.Client;

// Run in Release, with nothing else on the machine: dotnet run -c Release --project bench/AeroGrid.Bench.Runner [latency|subscribers|idle|snapshot]
var wanted = args.Length == 0 ? ["latency", "subscribers", "idle", "snapshot"] : args;
foreach (var name in wanted)
{
    await (name switch
    {
        "latency" => LatencyAsync(),
        "subscribers" => SubscribersAsync(1000),
        "idle" => IdleAsync(10_000),
        "snapshot" => SnapshotAsync(),
        _ => throw new ArgumentException($"unknown: {name}", nameof(args)),
    });
}

static double MillisecondsSince(long nanoseconds) => (Stopwatch.GetTimestamp() - nanoseconds) / 1e6;

// The time in the record is that of the machine's monotonic clock, which Stopwatch and Python share.
static async Task LatencyAsync()
{
    const int FetchWait = 10;
    using var broker = new MockBroker();
    broker.CreateTopic("t");
    await using var runner = await RunnerProcess.StartAsync(
        $"""
        hello(broker='{broker.Address}', grids=[grid('g', 'at')], topics=['t'])
        for m in records():
            change('g', dict(k=[m['values'][-1]]))
            ack(m)
        """,
        e => e["KAFKA_FETCH_WAIT_MAX_MS"] = $"{FetchWait}");
    using var channel = runner.OpenChannel();
    using var call = RunnerProcess.Connect(channel).Subscribe(new SubscribeRequest { Grid = "g", MaxUpdatesPerSecond = 1000 });
    List<double> all = [];
    var last = long.MaxValue;
    var reading = Task.Run(async () =>
    {
        await foreach (var message in call.ResponseStream.ReadAllAsync())
        {
            if (message.Changes?.Upserts[0].Cells[0].Int64 is not { } at)
                continue;
            all.Add(MillisecondsSince(at));
            if (at == Volatile.Read(ref last))
                return;
        }
    });
    for (var i = 0; i < 1100; i++)
    {
        var now = Stopwatch.GetTimestamp();
        if (i == 1099)
            Volatile.Write(ref last, now);
        await broker.ProduceAsync("t", "k", $"{now}");
        await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
    }

    await reading.WaitAsync(TimeSpan.FromSeconds(10));
    Figures.Print($"event produced to change at a subscriber (fetch.wait.max.ms {FetchWait})", all[100..], (0.5, 10), (0.99, 50));
}

static async Task SubscribersAsync(int count)
{
    await using var runner = await RunnerProcess.StartAsync("""
        hello(grids=[grid('g', 'at', 'n')])
        change('g', {'k': [0, 0]})
        time.sleep(20)
        for n in range(60):
            time.sleep(0.5)
            change('g', {'k': [time.monotonic_ns(), n]})
        idle()
        """);
    var channels = Enumerable.Range(0, 10).Select(_ => runner.OpenChannel()).ToList();
    var results = new List<double>[count];
    var final = new long[count];
    var readers = Enumerable.Range(0, count).Select(i => Task.Run(async () =>
    {
        List<double> own = results[i] = [];
        using var call = RunnerProcess.Connect(channels[i % channels.Count]).Subscribe(new SubscribeRequest { Grid = "g" });
        await foreach (var message in call.ResponseStream.ReadAllAsync())
        {
            if (message.Changes is not { } changes)
                continue;
            own.Add(MillisecondsSince(changes.Upserts[0].Cells[0].Int64));
            final[i] = changes.Upserts[0].Cells[1].Int64;
            if (final[i] == 59)
                return;
        }
    })).ToArray();
    await Task.WhenAll(readers).WaitAsync(TimeSpan.FromMinutes(2));
    Figures.Print($"{count} subscribers, 2 updates a second each", [.. results.SelectMany(r => r)], (0.5, 100), (0.99, 100));
    Console.WriteLine($"final state at {final.Count(n => n == 59)} of {count}");
    Figures.Print($"{count} subscribers", runner.ResidentMegabytes, 300, "MB");
    channels.ForEach(c => c.Dispose());
}

static async Task IdleAsync(int count)
{
    await using var runner = await RunnerProcess.StartAsync("hello(grids=[grid('g', 'a')]); change('g', {'k': [1]}); idle()");
    Figures.Print("idle", runner.ResidentMegabytes, 60, "MB");
    var channels = Enumerable.Range(0, 20).Select(_ => runner.OpenChannel()).ToList();
    var calls = Enumerable.Range(0, count).Select(i => RunnerProcess.Connect(channels[i % channels.Count]).Subscribe(new SubscribeRequest { Grid = "g" })).ToList();
    await Task.WhenAll(calls.Select(c => c.ResponseStream.MoveNext(default))).WaitAsync(TimeSpan.FromMinutes(2));
    var heartbeats = 0;
    await Task.WhenAll(calls.Select(async c =>
    {
        while (await c.ResponseStream.MoveNext(default))
        {
            if (c.ResponseStream.Current.Heartbeat is not null && Interlocked.Increment(ref heartbeats) > 0)
                return;
        }
    })).WaitAsync(TimeSpan.FromMinutes(1));
    Console.WriteLine($"{heartbeats} of {count} idle subscribers hold and have heard a heartbeat; {runner.ResidentMegabytes:0} MB");
    calls.ForEach(c => c.Dispose());
    channels.ForEach(c => c.Dispose());
}

static async Task SnapshotAsync()
{
    const int Rows = 1_000_000;
    await using var runner = await RunnerProcess.StartAsync(
        """
        hello(grids=[grid('big', 'a:int64', 'b:double', 'c:string', 'd:timestamp', 'e:bool'), grid('small', 'a')])
        change('small', {'k': [0]})
        for n in range(0, 1000000, 5000):
            change('big', {f'row-{i}': [i, i / 7, f'text {i}', {'t': '2026-11-25T13:00:00Z'}, True] for i in range(n, n + 5000)})
        while True:
            time.sleep(0.1)
            change('big', {'row-1': [time.monotonic_ns(), 0.5, '', None, False]})
            change('small', {'k': [time.monotonic_ns()]})
        """,
        e => e["AEROGRID_GRID_MEMORY_MB"] = "4096");
    await Eventually.Async(async () =>
    {
        using var list = System.Text.Json.JsonDocument.Parse(await runner.Http.GetStringAsync("/grids"));
        if (list.RootElement.GetProperty("grids")[1].GetProperty("rows").GetInt32() != Rows)
            throw new InvalidOperationException("still filling");
    }, TimeSpan.FromMinutes(3));
    Console.WriteLine($"{Rows:#,0} rows of 5 columns: {runner.ResidentMegabytes:0} MB");
    for (var round = 0; round < 3; round++)
    {
        using var channel = runner.OpenChannel();
        var watch = Stopwatch.StartNew();
        using var call = RunnerProcess.Connect(channel).Subscribe(new SubscribeRequest { Grid = "big" });
        var rows = 0;
        while (await call.ResponseStream.MoveNext(default) && call.ResponseStream.Current.Snapshot is { } snapshot)
        {
            rows += snapshot.Rows.Count;
            if (snapshot.Last)
                break;
        }

        Figures.Print("snapshot to one client that parses it", rows / watch.Elapsed.TotalSeconds, 200_000, "rows/s", atLeast: true);
    }

    using var changes = runner.OpenChannel();
    foreach (var grid in (string[])["small", "big"])
    {
        using var call = RunnerProcess.Connect(changes).Subscribe(new SubscribeRequest { Grid = grid });
        List<double> all = [];
        while (all.Count < 100 && await call.ResponseStream.MoveNext(default))
        {
            if (call.ResponseStream.Current.Changes is { } message)
                all.Add(MillisecondsSince(message.Upserts[0].Cells[0].Int64));
        }

        all.Sort();
        Console.WriteLine($"one change in grid {grid}: p50 {all[50]:0.0} ms, p99 {all[98]:0.0} ms");
    }
}
