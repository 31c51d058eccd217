using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

using AeroGrid.Grids.V1;
using AeroGrid.Runner.Tests.Support;
using AeroGrid.TestKit;

using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Client.Web;

namespace AeroGrid.Runner.Tests.Serving;

public sealed class ClientTests
{
    /// <summary>Every kind of cell.</summary>
    private const string AllKinds = """
        hello(grids=[grid('g', 'a', 'b:double', 'key_of:string')])
        change('g', {'null': [None, None, None], 'text': ['ä,"x"\n', 1.0, '=1+1'], 'int': [9007199254740993, -0.5, '-5'], 'nan': [{'n': 'NaN'}, {'n': '-Infinity'}, '+x'],
            'time': [{'t': '2026-11-25T13:00:00.123456Z'}, 1e300, '@x'], 'error': [{'e': 'no price'}, True, '🚀']})
        idle()
        """;

    [Fact]
    public async Task All_kinds_of_cells_arrive_by_grpc()
    {
        await using var runner = await TestRunner.ReadyAsync(AllKinds);
        await using var follower = new Follower(runner.Grids, new SubscribeRequest { Grid = "g" });
        await Eventually.True(() => follower.Rows.Count == 6, "not all rows");
        var rows = follower.Rows;
        rows["null"].Cells[0].ValueCase.ShouldBe(Cell.ValueOneofCase.None);
        rows["text"].Cells[0].String.ShouldBe("ä,\"x\"\n");
        rows["text"].Cells[1].Double.ShouldBe(1.0);
        rows["int"].Cells[0].Int64.ShouldBe(9007199254740993);
        rows["nan"].Cells[0].Double.ShouldBe(double.NaN);
        rows["nan"].Cells[1].Double.ShouldBe(double.NegativeInfinity);
        rows["time"].Cells[0].Timestamp.ToDateTime().ShouldBe(new DateTime(2026, 11, 25, 13, 0, 0, 123, 456, DateTimeKind.Utc));
        rows["error"].Cells[0].Error.ShouldBe("no price");
        rows["error"].Cells[1].Bool.ShouldBeTrue();
        rows["error"].Cells[2].String.ShouldBe("🚀");
    }

    [Fact]
    public async Task Json_is_flat_and_csv_is_guarded()
    {
        await using var runner = await TestRunner.ReadyAsync(AllKinds);
        (await runner.Http.GetStringAsync("/grids/g?shape=rows&key=time&key=nan")).ShouldBe(
            """[{"key":"nan","a":null,"b":null,"key_of":"+x"},{"key":"time","a":"2026-11-25T13:00:00.123456Z","b":1E+300,"key_of":"@x"}]""");
        (await CsvAsync(runner, "")).ShouldBe(
            "key,a,b,key_of\r\nnull,,,\r\ntext,\"ä,\"\"x\"\"\n\",1,'=1+1\r\nint,9007199254740993,-0.5,-5\r\nnan,NaN,-inf,'+x\r\n"
            + "time,2026-11-25T13:00:00.123456Z,1E+300,'@x\r\nerror,,true,🚀\r\n");
        (await CsvAsync(runner, "?columns=key_of&guard=false&prefix=te")).ShouldBe("key,key_of\r\ntext,=1+1\r\n");
    }

    [Theory]
    [InlineData("/grids/nothing", 404, "no grid \\\"nothing\\\"")]
    [InlineData("/grids/g?columns=x", 400, "no column \\\"x\\\"; it has \\\"a\\\"")]
    [InlineData("/grids/g?rate=0", 400, "above 0")]
    [InlineData("/grids/g?rate=fast", 400, "above 0")]
    [InlineData("/grids/g?since=17", 400, "must be a position")]
    public async Task Wrong_requests_are_answered_with_a_problem(string path, int status, string detail)
    {
        await using var runner = await TestRunner.ReadyAsync(AllKinds);
        using var response = await runner.Http.GetAsync(path);
        ((int)response.StatusCode).ShouldBe(status);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        (await response.Content.ReadAsStringAsync()).ShouldContain(detail);
    }

    [Fact]
    public async Task Wrong_grpc_requests_have_the_status_of_the_contract()
    {
        await using var runner = await TestRunner.ReadyAsync(AllKinds);
        (await EndAsync(runner, new() { Grid = "nothing" })).ShouldBe(StatusCode.NotFound);
        (await EndAsync(runner, new() { Grid = "g", Columns = { "x" } })).ShouldBe(StatusCode.InvalidArgument);
        (await EndAsync(runner, new() { Grid = "g", MaxUpdatesPerSecond = 1001 })).ShouldBe(StatusCode.InvalidArgument);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Grpc_web_works_over_both_ports(bool http2)
    {
        await using var runner = await TestRunner.ReadyAsync(AllKinds);
        var handler = new GrpcWebHandler(GrpcWebMode.GrpcWeb, new SocketsHttpHandler());
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{(http2 ? runner.GrpcPort : runner.Port)}", new GrpcChannelOptions
        {
            HttpHandler = handler,
            HttpVersion = http2 ? HttpVersion.Version20 : HttpVersion.Version11,
        });
        await using var follower = new Follower(new GridsClient(channel.CreateCallInvoker()), new SubscribeRequest { Grid = "g", KeyPrefix = "t", Columns = { "key_of", "a" } });
        await Eventually.True(() => follower.Rows.Count == 2, "not all rows");
        follower.Rows["text"].Cells[0].String.ShouldBe("=1+1");
        follower.Events[0].Snapshot.Columns.Select(c => c.Name).ShouldBe(["key_of", "a"]);
    }

    [Fact]
    public async Task A_client_goes_on_where_it_was_and_gets_deletions_too()
    {
        await using var runner = await TestRunner.ReadyAsync("""
            hello(grids=[grid('g', 'a')])
            change('g', {'k': [1], 'gone': [1]})
            idle_path = os.environ['STEP']
            while not os.path.exists(idle_path): time.sleep(0.05)
            change('g', {'new': [2]}, delete=['gone'])
            idle()
            """.Replace("os.environ['STEP']", "'" + StepFile + "'"));
        await using var follower = new Follower(runner.Grids, new SubscribeRequest { Grid = "g" });
        await follower.HasAsync("gone", _ => true);
        var position = follower.Position!;
        await File.WriteAllTextAsync(StepFile, "");
        try
        {
            await follower.HasAsync("new", _ => true);
            follower.Rows.Keys.ShouldBe(["k", "new"], ignoreOrder: true);

            await using var again = new Follower(runner.Grids, new SubscribeRequest { Grid = "g", ResumeFrom = position });
            await Eventually.True(() => again.Status is not null, "no status");
            again.Events.ShouldAllBe(e => e.Snapshot == null);
            again.Events[0].Changes.Upserts.Single().Key.ShouldBe("new");
            again.Events[0].Changes.Deletes.ShouldBe(["gone"]);

            var events = await EventsAsync(runner, $"/grids/g?since={position.Epoch}/{position.Sequence}", 2);
            events[0].ShouldContain("\"type\":\"changes\"");
            (await EventsAsync(runner, $"/grids/g?since=otherepoch/{position.Sequence}", 1))[0].ShouldContain("\"first\":true");
            (await EventsAsync(runner, $"/grids/g?since={position.Epoch}/999999", 1))[0].ShouldContain("\"first\":true");
        }
        finally
        {
            File.Delete(StepFile);
        }
    }

    [Fact]
    public async Task A_slow_subscriber_gets_the_newest_state_at_its_rate_and_a_subscriber_that_never_reads_costs_nothing()
    {
        await using var runner = await TestRunner.ReadyAsync("""
            hello(grids=[grid('g', 'n', 'text')])
            for n in range(100000):
                change('g', {f'k{n % 100}': [n, 'x' * 1000]})
                if n % 50 == 0: time.sleep(0.002)
            change('g', {'end': [1, '']})
            idle()
            """);
        using var lazy = new TcpClient();
        await lazy.ConnectAsync(IPAddress.Loopback, runner.Port);
        await lazy.GetStream().WriteAsync(Encoding.ASCII.GetBytes("GET /grids/g?rate=1000 HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n"));
        await using var slow = new Follower(runner.Grids, new SubscribeRequest { Grid = "g", MaxUpdatesPerSecond = 2 });
        await using var quick = new Follower(runner.Grids, new SubscribeRequest { Grid = "g" });
        await slow.HasAsync("end", _ => true);
        await quick.HasAsync("end", _ => true);
        for (var i = 0; i < 100; i++)
            slow.Rows[$"k{i}"].Cells[0].Int64.ShouldBe(99900 + i);
        slow.Events.Count(e => e.Changes is not null).ShouldBeLessThan(quick.Events.Count(e => e.Changes is not null));
        slow.Events.Sum(e => e.Changes?.Skipped ?? 0).ShouldBeGreaterThan(1000);
    }

    [Fact]
    public async Task A_stream_ends_with_its_token_and_an_expired_one_is_refused()
    {
        await using var runner = await TestRunner.ReadyAsync(AllKinds);
        var token = Token(DateTimeOffset.UnixEpoch.AddSeconds(Environment.TickCount64 / 1000)); // long ago
        using var refused = new HttpRequestMessage(HttpMethod.Get, "/grids/g") { Headers = { { "Authorization", $"Bearer {token}" } } };
        using var answer = await runner.Http.SendAsync(refused);
        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        answer.Headers.WwwAuthenticate.ToString().ShouldContain("invalid_token");
        (await EndAsync(runner, new() { Grid = "g" }, token)).ShouldBe(StatusCode.Unauthenticated);

        var soon = Token(TimeProvider.System.GetUtcNow().AddSeconds(3));
        var events = await EventsAsync(runner, "/grids/g", 3, soon);
        events[2].ShouldContain("\"code\":\"token_expired\"");
        var grpc = EndAsync(runner, new() { Grid = "g" }, Token(TimeProvider.System.GetUtcNow().AddSeconds(3)));
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", $"Bearer {Token(TimeProvider.System.GetUtcNow().AddSeconds(3))}");
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{runner.Port}/grids/g"), default);
        var buffer = new byte[8192];
        WebSocketReceiveResult received;
        do
        {
            received = await socket.ReceiveAsync(buffer, default);
        }
        while (received.MessageType != WebSocketMessageType.Close);
        socket.CloseStatusDescription.ShouldBe("token_expired");
        (await grpc).ShouldBe(StatusCode.Unauthenticated);
    }

    [Fact]
    public async Task A_hundred_grids_in_one_app_are_all_served()
    {
        await using var runner = await TestRunner.ReadyAsync("""
            hello(grids=[grid(f'g{i:03}', 'n') for i in range(100)])
            for i in range(100): change(f'g{i:03}', {'k': [i]})
            idle()
            """);
        await runner.CellBecomesAsync("g099", "k", "n", 99);
        var list = await runner.Grids.ListGridsAsync();
        list.Grids.Count.ShouldBe(101);
        var followers = list.Grids.Skip(1).Select(g => new Follower(runner.Grids, new SubscribeRequest { Grid = g.Name })).ToList();
        for (var i = 0; i < 100; i++)
            await followers[i].HasAsync("k", row => row.Cells[0].Int64 == i);
        foreach (var follower in followers)
            await follower.DisposeAsync();
    }

    [Fact]
    public async Task A_quiet_stream_has_heartbeats()
    {
        await using var runner = await TestRunner.ReadyAsync(AllKinds);
        await using var follower = new Follower(runner.Grids, new SubscribeRequest { Grid = "g" });
        await Eventually.True(() => follower.Events.Any(e => e.Heartbeat is not null), "no heartbeat");
        follower.Position!.Sequence.ShouldBe(6);
    }

    private static string StepFile { get; } = Path.Combine(Path.GetTempPath(), $"aerogrid-test-step-{Environment.ProcessId}");

    private static string Token(DateTimeOffset expires)
    {
        var payload = Convert.ToBase64String(Encoding.ASCII.GetBytes($"{{\"exp\":{expires.ToUnixTimeSeconds()}}}")).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        return $"e30.{payload}.c2ln";
    }

    private static async Task<string> CsvAsync(TestRunner runner, string query)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/grids/g{query}") { Headers = { { "Accept", "text/csv" } } };
        using var response = await runner.Http.SendAsync(request);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/csv");
        return await response.Content.ReadAsStringAsync();
    }

    /// <summary>The data of the first events that are no heartbeats.</summary>
    private static async Task<List<string>> EventsAsync(TestRunner runner, string path, int count, string? token = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Accept", "text/event-stream" } } };
        if (token is not null)
            request.Headers.Add("Authorization", $"Bearer {token}");
        using var response = await runner.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        List<string> events = [];
        while (events.Count < count && await reader.ReadLineAsync() is { } line)
        {
            if (!line.StartsWith("data: ", StringComparison.Ordinal) || line.Contains("heartbeat", StringComparison.Ordinal))
                continue;
            using var valid = JsonDocument.Parse(line[6..]);
            events.Add(line[6..]);
        }

        return events;
    }

    private static async Task<StatusCode> EndAsync(TestRunner runner, SubscribeRequest request, string? token = null)
    {
        await using var follower = new Follower(runner.Grids, request, token is null ? default : new CallOptions(new Metadata { { "authorization", $"Bearer {token}" } }));
        return (await follower.Reading.WaitAsync(TimeSpan.FromSeconds(20))).StatusCode;
    }
}
