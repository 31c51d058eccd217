using AeroGrid.Grids.V1;
using AeroGrid.TestKit;

using Grpc.Core;

namespace AeroGrid.Runner.Tests.Support;

/// <summary>A subscriber that keeps the rows as the wire contract says.</summary>
internal sealed class Follower : IAsyncDisposable
{
    private readonly AsyncServerStreamingCall<SubscribeResponse> call;
    private readonly Lock gate = new();
    private readonly Dictionary<string, Row> rows = [];
    private readonly List<SubscribeResponse> events = [];

    public Follower(GridsClient client, SubscribeRequest request, CallOptions options = default)
    {
        call = client.Subscribe(request, options);
        Reading = ReadAsync();
    }

    /// <summary>Completes with the status that the stream ended with.</summary>
    public Task<Status> Reading { get; }

    public Position? Position { get; private set; }

    public GridStatus? Status { get; private set; }

    public IReadOnlyList<SubscribeResponse> Events
    {
        get
        {
            lock (gate)
                return [.. events];
        }
    }

    public Dictionary<string, Row> Rows
    {
        get
        {
            lock (gate)
                return new(rows);
        }
    }

    public Task HasAsync(string key, Predicate<Row> check) =>
        Eventually.True(() => Rows.TryGetValue(key, out var row) && check(row), $"row {key} is not as it should be");

    public Task BecomesAsync(Predicate<GridStatus> check) => Eventually.True(() => Status is { } status && check(status), "the status is not as it should be");

    public async ValueTask DisposeAsync()
    {
        call.Dispose();
        await Reading;
    }

    private async Task<Status> ReadAsync()
    {
        try
        {
            await foreach (var message in call.ResponseStream.ReadAllAsync())
            {
                lock (gate)
                    Apply(message);
            }

            return call.GetStatus();
        }
        catch (RpcException e)
        {
            return e.Status;
        }
    }

    private void Apply(SubscribeResponse message)
    {
        events.Add(message);
        switch (message.EventCase)
        {
            case SubscribeResponse.EventOneofCase.Snapshot:
                if (message.Snapshot.First)
                    rows.Clear();
                foreach (var row in message.Snapshot.Rows)
                    rows[row.Key] = row;
                foreach (var key in message.Snapshot.Deleted)
                    rows.Remove(key);
                Position = message.Snapshot.Position ?? Position;
                break;
            case SubscribeResponse.EventOneofCase.Changes:
                foreach (var row in message.Changes.Upserts)
                    rows[row.Key] = row;
                foreach (var key in message.Changes.Deletes)
                    rows.Remove(key);
                Position = message.Changes.Position;
                break;
            case SubscribeResponse.EventOneofCase.Heartbeat:
                Position = message.Heartbeat.Position;
                break;
            case SubscribeResponse.EventOneofCase.Status:
                Status = message.Status;
                break;
        }
    }
}
