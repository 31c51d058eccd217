using AeroGrid.Client.Errors;
using AeroGrid.Client.Grids;
using AeroGrid.Client.Tests.Support;
using AeroGrid.Client.Tokens;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using V1 = AeroGrid.Grids.V1;

namespace AeroGrid.Client.Tests.Grids;

public sealed class SubscriptionTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _end = new(TimeSpan.FromSeconds(60));
    private ScriptedGrids _server = null!;
    private AeroGridClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await ScriptedGrids.StartAsync();
        _client = ClientWith();
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        _end.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_snapshot_comes_first_then_what_changes()
    {
        _server.Then(async c =>
        {
            await c.SnapshotAsync("e1", 2, ("apples", 5), ("pears", 7));
            await c.SendAsync(new V1.SubscribeResponse
            {
                Changes = new V1.Changes
                {
                    Upserts = { new V1.Row { Key = "apples", Cells = { new V1.Cell { Int64 = 6 } } } },
                    Deletes = { "pears" },
                    Position = new V1.Position { Epoch = "e1", Sequence = 6 },
                    Skipped = 2,
                },
            });
            await c.StayAsync();
        });

        var changes = await TakeAsync(5);

        changes[0].ShouldBeOfType<GridSnapshotStarted>().Columns.ShouldBe([new GridColumn("units_sold", ColumnType.Int64)]);
        Rows(changes[1]).ShouldBe([("apples", 5L), ("pears", 7L)]);
        changes[2].ShouldBe(new GridSnapshotCompleted(new GridPosition("e1", 2)));
        changes[3].ShouldBe(new GridStatusChanged(GridStatus.Live));
        var last = changes[4].ShouldBeOfType<GridRowsChanged>();
        Rows(last).ShouldBe([("apples", 6L)]);
        last.Deletes.ShouldBe(["pears"]);
        (last.Position, last.Skipped).ShouldBe((new GridPosition("e1", 6), 2));
    }

    [Fact]
    public async Task What_is_asked_for_reaches_the_server()
    {
        await foreach (var _ in _client.Grids(_server.Url).SubscribeAsync(
            "product_sum", new GridOptions { Columns = ["b", "a"], KeyPrefix = "x", MaxUpdatesPerSecond = 2, ResumeFrom = new GridPosition("e", 9) }, Scripted(c => c.SnapshotAsync("e", 9))))
        {
            break;
        }

        var request = _server.Connections.Single().Request;
        (request.Grid, request.KeyPrefix, request.MaxUpdatesPerSecond, request.ResumeFrom.Sequence).ShouldBe(("product_sum", "x", 2.0, 9L));
        request.Columns.ShouldBe(["b", "a"]);
    }

    [Fact]
    public async Task A_lost_connection_goes_on_where_it_was()
    {
        _server.Then(
            async c =>
            {
                await c.SnapshotAsync("e1", 1, ("apples", 1));
                await c.ChangeAsync("e1", 2, ("apples", 2));
                throw ScriptedGrids.Connection.Failure(StatusCode.Unavailable, "updated");
            },
            async c =>
            {
                await c.ChangeAsync("e1", 3, ("apples", 3));
                await c.StayAsync();
            });

        var changes = await TakeAsync(8);

        changes[5].ShouldBeOfType<GridConnectionLost>().Reason.ShouldBeOfType<AppNotReadyException>().Message.ShouldContain("updated");
        changes[6].ShouldBeOfType<GridConnectionResumed>();
        Rows(changes[7]).ShouldBe([("apples", 3L)]);
        _server.Connections.Last().Request.ResumeFrom.ShouldBe(new V1.Position { Epoch = "e1", Sequence = 2 });
    }

    [Fact]
    public async Task Heartbeats_move_the_position_and_are_not_told()
    {
        _server.Then(
            async c =>
            {
                await c.SnapshotAsync("e1", 1);
                await c.SendAsync(new V1.SubscribeResponse { Heartbeat = new V1.Heartbeat { Position = new V1.Position { Epoch = "e1", Sequence = 40 } } });
                throw ScriptedGrids.Connection.Failure(StatusCode.Unavailable);
            },
            async c =>
            {
                await c.ChangeAsync("e1", 41, ("apples", 1));
                await c.StayAsync();
            });

        (await TakeAsync(6))[3].ShouldBeOfType<GridConnectionLost>();
        _server.Connections.Last().Request.ResumeFrom.Sequence.ShouldBe(40);
    }

    [Fact]
    public async Task A_connection_that_breaks_inside_of_a_snapshot_begins_the_snapshot_again()
    {
        _server.Then(
            async c =>
            {
                await c.SnapshotAsync("e1", 5, ("old", 1));
                await c.SendAsync(new V1.SubscribeResponse { Snapshot = new V1.Snapshot { First = true, Columns = { new V1.Column { Name = "units_sold" } } } });
                throw ScriptedGrids.Connection.Failure(StatusCode.Unavailable);
            },
            async c =>
            {
                await c.SnapshotAsync("e2", 1, ("new", 2));
                await c.StayAsync();
            });

        var changes = await TakeAsync(10);

        changes[5].ShouldBeOfType<GridConnectionLost>();
        changes[6].ShouldBeOfType<GridSnapshotStarted>();
        Rows(changes[7]).ShouldBe([("new", 2L)]);
        _server.Connections.Last().Request.ResumeFrom.ShouldBeNull();
    }

    public static TheoryData<string, V1.SubscribeResponse> Impossible => new()
    {
        { "another epoch", new V1.SubscribeResponse { Changes = new V1.Changes { Position = new V1.Position { Epoch = "e9", Sequence = 6 } } } },
        { "an earlier sequence", new V1.SubscribeResponse { Changes = new V1.Changes { Position = new V1.Position { Epoch = "e1", Sequence = 1 } } } },
        { "no position", new V1.SubscribeResponse { Changes = new V1.Changes() } },
        { "a chunk out of nowhere", new V1.SubscribeResponse { Snapshot = new V1.Snapshot { Last = true, Position = new V1.Position { Epoch = "e1", Sequence = 9 } } } },
        {
            "a row of another width",
            new V1.SubscribeResponse { Changes = new V1.Changes { Position = new V1.Position { Epoch = "e1", Sequence = 9 }, Upserts = { new V1.Row { Key = "x" } } } }
        },
        { "a heartbeat of another epoch", new V1.SubscribeResponse { Heartbeat = new V1.Heartbeat { Position = new V1.Position { Epoch = "e9", Sequence = 6 } } } },
    };

    [Theory]
    [MemberData(nameof(Impossible))]
    public async Task What_breaks_the_contract_is_not_applied_and_a_snapshot_follows(string what, V1.SubscribeResponse message)
    {
        _server.Then(
            async c =>
            {
                await c.SnapshotAsync("e1", 5, ("apples", 1));
                await c.SendAsync(message);
                await c.StayAsync();
            },
            async c =>
            {
                await c.SnapshotAsync("e1", 6, ("apples", 2));
                await c.StayAsync();
            });

        var changes = await TakeAsync(7);

        changes[4].ShouldBeOfType<GridConnectionLost>(what);
        Rows(changes[6]).ShouldBe([("apples", 2L)]);
        _server.Connections.Last().Request.ResumeFrom.ShouldBeNull();
    }

    [Fact]
    public async Task A_server_that_says_nothing_for_15_seconds_is_left()
    {
        var time = new FakeTimeProvider();
        using var client = ClientWith(time: time);
        _server.Then(
            async c =>
            {
                await c.SnapshotAsync("e1", 5, ("apples", 1));
                await c.StayAsync();
            },
            async c =>
            {
                await c.SnapshotAsync("e1", 5, ("apples", 1));
                await c.StayAsync();
            });
        await using var changes = client.Grids(_server.Url).SubscribeAsync("product_sum", null, _end.Token).GetAsyncEnumerator(_end.Token);
        for (var i = 0; i < 4; i++)
        {
            (await changes.MoveNextAsync()).ShouldBeTrue();
        }

        var next = changes.MoveNextAsync().AsTask();
        time.Advance(TimeSpan.FromSeconds(14.9));
        next.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromSeconds(0.2));

        (await next).ShouldBeTrue();
        changes.Current.ShouldBeOfType<GridConnectionLost>().Reason.Message.ShouldContain("15 s");
    }

    [Fact]
    public async Task A_server_that_goes_and_comes_back_is_found_again()
    {
        _server.Then(async c =>
        {
            await c.SnapshotAsync("e1", 1, ("apples", 1));
            await c.StayAsync();
        });
        await using var live = _client.Grids(_server.Url).Open("product_sum");
        await live.WaitUntilLoadedAsync(_end.Token);

        await _server.StopAsync();
        await TestKit.Eventually.True(() => live.Status.Reason == StaleReason.Disconnected, "the loss is shown");
        live.TryGetRow("apples", out var kept).ShouldBeTrue();
        kept.Cells[0].Int64.ShouldBe(1);
        live.Status.Since.ShouldNotBeNull();

        _server.Then(async c =>
        {
            await c.SnapshotAsync("e2", 1, ("pears", 2));
            await c.StayAsync();
        });
        await _server.UpAsync();
        await TestKit.Eventually.True(() => !live.Status.IsStale && live.TryGetRow("pears", out _), "the new rows are shown");
        live.TryGetRow("apples", out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData(StatusCode.NotFound, typeof(NotFoundException))]
    [InlineData(StatusCode.InvalidArgument, typeof(InvalidRequestException))]
    [InlineData(StatusCode.PermissionDenied, typeof(AccessDeniedException))]
    [InlineData(StatusCode.Unimplemented, typeof(NotFoundException))]
    [InlineData(StatusCode.Unauthenticated, typeof(SignInException))]
    [InlineData(StatusCode.Unavailable, typeof(AppNotReadyException))]
    public async Task A_first_connection_that_fails_is_told_by_its_cause(StatusCode code, Type exception)
    {
        _server.Then(_ => throw ScriptedGrids.Connection.Failure(code, "because"), _ => throw ScriptedGrids.Connection.Failure(code, "because"));

        (await Should.ThrowAsync(() => TakeAsync(1), exception)).ShouldBeAssignableTo<AeroGridException>();
    }

    [Fact]
    public async Task An_address_where_nobody_listens_is_not_reachable()
    {
        var port = TestKit.RunningPlatform.FreePort();
        var grids = _client.Grids(new Uri($"http://127.0.0.1:{port}/apps/demo/x/"));

        (await Should.ThrowAsync<UnreachableException>(() => grids.ListGridsAsync(_end.Token))).Message.ShouldContain("is the platform running?");
    }

    [Fact]
    public async Task A_grid_that_is_gone_after_an_update_ends_the_subscription()
    {
        _server.Then(
            async c =>
            {
                await c.SnapshotAsync("e1", 1);
                throw ScriptedGrids.Connection.Failure(StatusCode.Unavailable);
            },
            _ => throw ScriptedGrids.Connection.Failure(StatusCode.NotFound, "no grid product_sum"));

        (await Should.ThrowAsync<NotFoundException>(() => TakeAsync(99))).Message.ShouldBe("no grid product_sum");
    }

    [Fact]
    public async Task A_program_that_waits_for_its_app_is_not_told_of_failures_but_by_changes()
    {
        _server.Then(
            _ => throw ScriptedGrids.Connection.Failure(StatusCode.Unavailable),
            async c =>
            {
                await c.SnapshotAsync("e1", 1);
                await c.StayAsync();
            });

        var changes = await TakeAsync(2, new GridOptions { WaitForApp = true });

        changes[0].ShouldBeOfType<GridConnectionLost>();
        changes[1].ShouldBeOfType<GridSnapshotStarted>();
    }

    [Fact]
    public async Task A_token_that_ends_in_the_middle_is_replaced()
    {
        var tokens = new CountingTokens();
        using var client = ClientWith(tokens);
        _server.Then(
            async c =>
            {
                await c.SnapshotAsync("e1", 1, ("apples", 1));
                throw ScriptedGrids.Connection.Failure(StatusCode.Unauthenticated, "expired");
            },
            async c =>
            {
                await c.ChangeAsync("e1", 2, ("apples", 2));
                await c.StayAsync();
            });

        var changes = await TakeAsync(7, client: client);

        changes[4].ShouldBeOfType<GridConnectionLost>();
        changes[5].ShouldBeOfType<GridConnectionResumed>();
        _server.Connections.Select(c => c.Authorization).ShouldBe(["Bearer token1", "Bearer token2"]);
        tokens.Requests.ShouldBe([new TokenRequest(TokenAudiences.Apps), new TokenRequest(TokenAudiences.Apps, "token1")]);
    }

    [Fact]
    public async Task An_old_token_at_the_beginning_is_replaced_without_a_word_and_a_second_refusal_is_the_end()
    {
        using var client = ClientWith(new CountingTokens());
        _server.Then(
            _ => throw ScriptedGrids.Connection.Failure(StatusCode.Unauthenticated),
            async c =>
            {
                await c.SnapshotAsync("e1", 1);
                throw ScriptedGrids.Connection.Failure(StatusCode.Unauthenticated);
            },
            _ => throw ScriptedGrids.Connection.Failure(StatusCode.Unauthenticated));

        var seen = new List<GridChange>();
        await Should.ThrowAsync<SignInException>(() => TakeAsync(99, client: client, into: seen));

        seen[0].ShouldBeOfType<GridSnapshotStarted>();
        _server.Connections.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Cancelling_ends_the_subscription_and_the_call_on_the_server()
    {
        var left = new TaskCompletionSource();
        _server.Then(async c =>
        {
            await c.SnapshotAsync("e1", 1);
            await c.StayAsync();
            left.SetResult();
        });
        using var stop = new CancellationTokenSource();

        await Should.ThrowAsync<OperationCanceledException>(async () =>
        {
            await foreach (var change in _client.Grids(_server.Url).SubscribeAsync("product_sum", null, stop.Token))
            {
                if (change is GridStatusChanged)
                {
                    await stop.CancelAsync();
                }
            }
        });

        await left.Task.WaitAsync(_end.Token);
    }

    [Fact]
    public async Task Grids_travel_by_gRPC_Web_too()
    {
        using var client = new AeroGridClient(new() { ApiUrl = new Uri("http://127.0.0.1:1"), Transport = GridTransport.GrpcWeb });
        _server.Then(async c =>
        {
            await c.SnapshotAsync("e1", 2, ("apples", 5));
            await c.ChangeAsync("e1", 3, ("apples", 6));
            await c.StayAsync();
        });
        var rows = new List<(string, long)>();

        await foreach (var change in client.Grids(_server.WebUrl).SubscribeAsync("product_sum", null, _end.Token))
        {
            rows.AddRange(change is GridRowsChanged ? Rows(change) : []);
            if (rows.Count == 2)
            {
                break;
            }
        }

        rows.ShouldBe([("apples", 5L), ("apples", 6L)]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1001)]
    [InlineData(double.NaN)]
    public void A_rate_that_cannot_be_is_refused_before_anything_is_sent(double rate) =>
        Should.Throw<ArgumentOutOfRangeException>(() => _client.Grids(_server.Url).SubscribeAsync("g", new GridOptions { MaxUpdatesPerSecond = rate }));

    private AeroGridClient ClientWith(ITokenProvider? tokens = null, TimeProvider? time = null) =>
        new(new() { ApiUrl = new Uri("http://127.0.0.1:1"), Tokens = tokens ?? new StaticTokenProvider("token"), TimeProvider = time ?? TimeProvider.System });

    private CancellationToken Scripted(Func<ScriptedGrids.Connection, Task> script)
    {
        _server.Then(script);
        return _end.Token;
    }

    private async Task<List<GridChange>> TakeAsync(int count, GridOptions? options = null, AeroGridClient? client = null, List<GridChange>? into = null)
    {
        var changes = into ?? [];
        await foreach (var change in (client ?? _client).Grids(_server.Url).SubscribeAsync("product_sum", options, _end.Token))
        {
            changes.Add(change);
            if (changes.Count == count)
            {
                break;
            }
        }

        return changes;
    }

    private static (string Key, long Value)[] Rows(GridChange change) =>
        [.. change.ShouldBeOfType<GridRowsChanged>().Upserts.Select(r => (r.Key, r.Cells[0].Int64))];

    private sealed class CountingTokens : ITokenProvider
    {
        private int _count;

        public List<TokenRequest> Requests { get; } = [];

        public ValueTask<AccessToken> GetTokenAsync(TokenRequest request, CancellationToken cancellationToken = default)
        {
            Requests.Add(request);
            return ValueTask.FromResult(new AccessToken($"token{++_count}"));
        }
    }
}
