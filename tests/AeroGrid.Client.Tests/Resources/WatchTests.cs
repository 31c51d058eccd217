using System.Text.Json.Nodes;
using System.Threading.Channels;
using AeroGrid.Client.Errors;
using AeroGrid.Client.Resources;

namespace AeroGrid.Client.Tests.Resources;

public sealed class WatchTests : IAsyncLifetime
{
    private readonly ApiFixture _fixture = new();
    private readonly Channel<ResourceChange<App>> _seen = Channel.CreateUnbounded<ResourceChange<App>>();
    private readonly CancellationTokenSource _end = new(TimeSpan.FromSeconds(60));
    private Task _watching = Task.CompletedTask;

    public ValueTask InitializeAsync() => _fixture.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
        await _fixture.DisposeAsync();
    }

    [Fact]
    public async Task What_is_there_comes_first_then_what_happens()
    {
        await _fixture.Client.Apps.CreateAsync(ApiFixture.NewApp("a"));
        Watch();
        await ShouldSeeAsync(ChangeKind.Added, "a");

        await _fixture.Client.Apps.CreateAsync(ApiFixture.NewApp("b"));
        await ShouldSeeAsync(ChangeKind.Added, "b");
        await _fixture.Client.Apps.PatchStatusAsync("demo", "a", JsonNode.Parse("""{"status":{"phase":"Running"}}""")!);
        (await ShouldSeeAsync(ChangeKind.Modified, "a")).Phase.ShouldBe(AppPhase.Running);
        await _fixture.Client.Apps.DeleteAsync("demo", "b");
        await ShouldSeeAsync(ChangeKind.Deleted, "b");
    }

    [Fact]
    public async Task What_happened_while_the_server_was_away_is_told_once()
    {
        await _fixture.Client.Apps.CreateAsync(ApiFixture.NewApp("kept"));
        await _fixture.Client.Apps.CreateAsync(ApiFixture.NewApp("gone"));
        Watch();
        await ShouldSeeAsync(ChangeKind.Added, "gone");
        await ShouldSeeAsync(ChangeKind.Added, "kept");

        await _fixture.Server.RestartAsync();
        await _fixture.Client.Apps.DeleteAsync("demo", "gone");

        await ShouldSeeAsync(ChangeKind.Deleted, "gone");
        await _fixture.Client.Apps.CreateAsync(ApiFixture.NewApp("new"));
        await ShouldSeeAsync(ChangeKind.Added, "new");
    }

    [Fact]
    public async Task A_server_that_has_forgotten_the_version_is_listed_again_and_only_differences_are_told()
    {
        var proxy = await StallingProxy.StartAsync(_fixture.Server.Address);
        await using var _ = proxy;
        using var client = new AeroGridClient(new() { ApiUrl = proxy.Address, Tokens = new Client.Tokens.StaticTokenProvider(api: _fixture.Server.AdminToken) });
        await _fixture.Client.Apps.CreateAsync(ApiFixture.NewApp("kept"));
        await _fixture.Client.Apps.CreateAsync(ApiFixture.NewApp("gone"));
        Watch(client);
        await ShouldSeeAsync(ChangeKind.Added, "gone");
        await ShouldSeeAsync(ChangeKind.Added, "kept");

        proxy.Refuse();
        await _fixture.Client.Apps.DeleteAsync("demo", "gone");
        await _fixture.Client.Apps.CreateAsync(ApiFixture.NewApp("new"));
        await _fixture.Server.CompactAsync();
        proxy.Admit();

        await ShouldSeeAsync(ChangeKind.Deleted, "gone");
        await ShouldSeeAsync(ChangeKind.Added, "new");
        _seen.Reader.TryRead(out var more).ShouldBeFalse($"nothing else has changed, but {more}");
    }

    [Fact]
    public async Task Who_may_not_watch_is_told_so()
    {
        using var nobody = _fixture.ClientWith("nobody");

        await Should.ThrowAsync<AccessDeniedException>(async () =>
        {
            await foreach (var _ in nobody.WatchAppsAsync("demo", _end.Token))
            {
            }
        });
    }

    [Fact]
    public async Task Cancelling_ends_a_watch()
    {
        Watch();
        await _fixture.Client.Apps.CreateAsync(ApiFixture.NewApp("a"));
        await ShouldSeeAsync(ChangeKind.Added, "a");

        await _end.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => _watching.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    private void Watch(AeroGridClient? client = null) => _watching = Task.Run(async () =>
    {
        await foreach (var change in (client ?? _fixture.Client).WatchAppsAsync("demo", _end.Token))
        {
            await _seen.Writer.WriteAsync(change);
        }
    });

    private async Task<App> ShouldSeeAsync(ChangeKind kind, string name)
    {
        var change = await _seen.Reader.ReadAsync(_end.Token);
        (change.Kind, change.Resource.Name).ShouldBe((kind, name));
        return change.Resource;
    }
}
