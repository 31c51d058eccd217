using System.Net.WebSockets;
using System.Text;

using AeroGrid.Grids.V1;
using AeroGrid.Runner.Tests.Support;
using AeroGrid.TestKit;

namespace AeroGrid.Runner.Tests.Serving;

/// <summary>The whole way, with every kind of client.</summary>
public sealed class FromRecordToSubscriberTests : IDisposable
{
    private readonly MockBroker broker = new();

    public void Dispose() => broker.Dispose();

    [Fact]
    public async Task Records_become_rows_and_changes_reach_a_grpc_client()
    {
        broker.CreateTopic("orders", 2);
        await broker.ProduceAsync("orders", "1", """{"product":"apple","quantity":2}""");
        await broker.ProduceAsync("orders", "2", """{"product":"pear","quantity":1}""");
        await using var runner = await TestRunner.ReadyAsync($"sums('product_sum', '{broker.Address}')");
        await runner.CellBecomesAsync("product_sum", "apple", "units_sold", 2);

        await using var follower = new Follower(runner.Grids, new SubscribeRequest { Grid = "product_sum" });
        await follower.HasAsync("pear", row => row.Cells[0].Int64 == 1);
        await follower.BecomesAsync(status => !status.Stale);
        await broker.ProduceAsync("orders", "3", """{"product":"apple","quantity":40}""");
        await follower.HasAsync("apple", row => row.Cells[0].Int64 == 42);

        var list = await runner.Grids.ListGridsAsync();
        list.Grids.Select(g => g.Name).ShouldBe(["_errors", "product_sum"]);
        list.Grids[1].Columns.ShouldBe([new Column { Name = "units_sold", Type = CellType.Int64 }]);
        list.Grids[1].RowCount.ShouldBe(2);
    }

    [Fact]
    public async Task Server_sent_events_and_WebSocket_tell_the_same()
    {
        await using var runner = await TestRunner.ReadyAsync("hello(grids=[grid('g', 'a')]); change('g', {'k': [1]}); idle()");
        await runner.CellBecomesAsync("g", "k", "a", 1);

        using var request = new HttpRequestMessage(HttpMethod.Get, "/grids/g") { Headers = { { "Accept", "text/event-stream" } } };
        using var response = await runner.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        string? line;
        var data = "";
        while ((line = await reader.ReadLineAsync()) is not null && data.Length == 0)
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal))
                data = line[6..];
        }

        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{runner.Port}/grids/g"), default);
        var buffer = new byte[4096];
        var received = await socket.ReceiveAsync(buffer, default);
        Encoding.UTF8.GetString(buffer, 0, received.Count).ShouldBe(data);
        data.ShouldContain("""
            "rows":[{"key":"k","cells":[1]}]
            """);
    }
}
