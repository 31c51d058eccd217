using AeroGrid.ControllerRuntime.Informers;
using AeroGrid.ControllerRuntime.Tests.Servers;
using AeroGrid.TestKit;
using k8s.Models;
using Microsoft.Extensions.Time.Testing;
using static AeroGrid.ControllerRuntime.Tests.Servers.Answers;

namespace AeroGrid.ControllerRuntime.Tests.Informers;

/// <summary>Servers and networks that misbehave, played by a script.</summary>
public sealed class BrokenServerTests : IAsyncDisposable
{
    private readonly CancellationTokenSource end = new();

    [Fact]
    public async Task A_quiet_watch_is_renewed_from_the_last_version()
    {
        await using var server = await FaultProxy.StartAsync();
        server.Fault = context => context.IsWatch()
            ? context.WatchAsync([Bookmark($"{100 + server.Seen.Count}")])
            : context.ListAsync("100", "a");
        await using var follower = new Follower<V1ConfigMap>(server.Address);
        await Eventually.True(() => server.Seen.Count(request => request.IsWatch) >= 4, "the watch is not renewed");
        var versions = server.Seen.Where(request => request.IsWatch).Select(request => request.Query["resourceVersion"].ToString()).ToArray();
        versions[..4].ShouldBe(["100", "102", "103", "104"]);
        server.Seen.Count(request => request.IsList).ShouldBe(1);
        follower.Changes.ShouldBe(["+a"]);
    }

    [Fact]
    public async Task A_server_that_accepts_and_then_says_nothing_is_left_after_timeout_and_grace()
    {
        var time = new FakeTimeProvider();
        await using var server = await FaultProxy.StartAsync();
        server.Fault = async context => context.IsWatch() ? await context.SilenceAsync(end.Token) : await context.ListAsync("100", "a");
        var options = new InformerOptions { WatchTimeout = TimeSpan.FromMinutes(1), WatchGrace = TimeSpan.FromSeconds(30) };
        await using var follower = new Follower<V1ConfigMap>(server.Address, options, time);
        await Eventually.True(() => server.OpenWatches == 1, "the first watch is not there");
        time.Advance(TimeSpan.FromSeconds(89));
        server.OpenWatches.ShouldBe(1);
        server.Seen.Count(request => request.IsWatch).ShouldBe(1);

        // The server's time is one to two minutes, by chance; half a minute later the client leaves, waits a moment and asks again.
        time.Advance(TimeSpan.FromSeconds(62));
        await Eventually.Async(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            server.Seen.Count(request => request.IsWatch).ShouldBeGreaterThanOrEqualTo(2);
            return Task.CompletedTask;
        });
        server.Seen.Count(request => request.IsList).ShouldBe(1);
    }

    [Fact]
    public async Task A_server_that_does_not_even_answer_a_list_is_left_after_the_request_timeout()
    {
        var time = new FakeTimeProvider();
        await using var server = await FaultProxy.StartAsync();
        server.Fault = async context => context.IsWatch()
            ? await context.WatchAsync([], end.Token)
            : server.Seen.Count == 1 ? await context.SilenceAsync(end.Token) : await context.ListAsync("100", "a");
        await using var follower = new Follower<V1ConfigMap>(server.Address, time: time);
        await Eventually.True(() => server.Seen.Count == 1, "nothing was asked");
        follower.Informer.HasSynced.ShouldBeFalse();
        await Eventually.Async(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            follower.Informer.HasSynced.ShouldBeTrue();
            return Task.CompletedTask;
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_server_that_closes_at_once_is_not_hammered(bool withAnEventThatIsNotNew)
    {
        await using var server = await FaultProxy.StartAsync();
        server.Fault = context => context.IsWatch()
            ? context.WatchAsync(withAnEventThatIsNotNew ? [Event("MODIFIED", "a", "100")] : [])
            : context.ListAsync("100", "a");
        var options = new InformerOptions
        {
            Backoff = new() { Initial = TimeSpan.FromMilliseconds(50), Maximum = TimeSpan.FromMilliseconds(200), Jitter = 0 },
        };
        await using var follower = new Follower<V1ConfigMap>(server.Address, options);
        await Eventually.True(() => server.Seen.Count(request => request.IsWatch) >= 6, "the watch is not tried again");
        Gaps(server).Take(5).ShouldAllBe(gap => gap >= 45);
        if (!withAnEventThatIsNotNew)
            Gaps(server).Skip(3).First().ShouldBeGreaterThanOrEqualTo(190);
        server.Seen.Count(request => request.IsList).ShouldBe(1);
    }

    [Fact]
    public async Task A_server_that_refuses_connections_is_found_again_when_it_is_back()
    {
        var server = await FaultProxy.StartAsync();
        var address = server.Address;
        await server.DisposeAsync();
        var loggers = new Logs();
        await using var follower = new Follower<V1ConfigMap>(address, loggers: loggers);
        await Eventually.True(() => loggers.Lines.Count(line => line.Contains("failed; trying again", StringComparison.Ordinal)) >= 2, "it gave up");
        follower.Informer.HasSynced.ShouldBeFalse();

        await using var back = await FaultProxy.StartAsync(port: address.Port);
        back.Fault = context => context.IsWatch() ? context.WatchAsync([], end.Token) : context.ListAsync("100", "a");
        await follower.HasAsync("a");
    }

    [Fact]
    public async Task A_410_as_an_event_lists_again_and_tells_the_difference()
    {
        await using var server = await FaultProxy.StartAsync();
        server.Fault = context => (context.IsWatch(), context.Request.Query["resourceVersion"]) switch
        {
            (true, var version) when version == "100" => context.WatchAsync([Gone], end.Token),
            (true, _) => context.WatchAsync([], end.Token),
            _ => server.Seen.Count == 1 ? context.ListAsync("100", "a", "b") : context.ListAsync("200", "b", "c"),
        };
        await using var follower = new Follower<V1ConfigMap>(server.Address);
        await follower.HasAsync("b", "c");
        follower.Changes.ShouldBe(["+a", "+b", "-a", "~b", "+c"]);
    }

    [Fact]
    public async Task A_410_as_HTTP_status_lists_again_and_tells_the_difference()
    {
        await using var server = await FaultProxy.StartAsync();
        server.Fault = context => (context.IsWatch(), context.Request.Query["resourceVersion"]) switch
        {
            (true, var version) when version == "100" => context.StatusAsync(410, "Expired"),
            (true, _) => context.WatchAsync([], end.Token),
            _ => server.Seen.Count == 1 ? context.ListAsync("100", "a", "b") : context.ListAsync("200", "b"),
        };
        await using var follower = new Follower<V1ConfigMap>(server.Address);
        await Eventually.True(() => follower.Changes.Contains("-a"), "the deletion was not told");
        follower.Changes.ShouldBe(["+a", "+b", "-a", "~b"]);
    }

    [Fact]
    public async Task A_server_that_always_says_410_is_not_hammered()
    {
        await using var server = await FaultProxy.StartAsync();
        server.Fault = context => context.IsWatch() ? context.StatusAsync(410, "Expired") : context.ListAsync("100", "a");
        await using var follower = new Follower<V1ConfigMap>(server.Address);
        await Eventually.True(() => server.Seen.Count(request => request.IsList) >= 5, "no list after 410");
        Gaps(server).Skip(1).Take(3).ShouldAllBe(gap => gap >= 18);
    }

    [Theory]
    [InlineData("<html>502 Bad Gateway</html>")]
    [InlineData("{\"type\":\"ADDED\"}")]
    [InlineData("{\"type\":\"DANCED\",\"object\":{}}")]
    [InlineData("{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"x\"")]
    [InlineData("[1,2]")]
    [InlineData("\u0000\u0001\u0002")]
    public async Task A_bad_line_ends_neither_this_informer_nor_those_of_other_kinds(string line)
    {
        await using var server = await FaultProxy.StartAsync();
        server.Fault = context => (context.IsWatch(), context.IsAbout("secrets")) switch
        {
            (true, true) => context.WatchAsync([Event("ADDED", "s1", "101")], end.Token),
            (true, false) => context.WatchAsync(
                context.Request.Query["resourceVersion"] == "200" ? [Event("ADDED", "later", "201")] : [line], end.Token),
            (false, true) => context.ListAsync("100"),

            // After the same line was unreadable three times, the state is listed instead.
            _ => context.ListAsync(server.Seen.Count(request => request.IsList && !request.Path.EndsWith("secrets", StringComparison.Ordinal)) == 1 ? "100" : "200", "a"),
        };
        await using var other = new Follower<V1Secret>(server.Address);
        await using var follower = new Follower<V1ConfigMap>(server.Address);
        await other.HasAsync("s1");
        await follower.HasAsync("a", "later");
        (follower.HasEnded, other.HasEnded).ShouldBe((false, false));
        server.Seen.Count(request => request.IsWatch && request.Path.EndsWith("secrets", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task An_object_that_does_not_fit_its_type_hides_no_other_object()
    {
        await using var server = await FaultProxy.StartAsync();
        server.Fault = context => context.IsWatch()
            ? context.WatchAsync([Event("ADDED", "b", "101").Replace("\"kind\"", "\"immutable\":\"perhaps\",\"kind\"", StringComparison.Ordinal), Event("ADDED", "c", "102")], end.Token)
            : context.ListAsync("100", "a");
        await using var follower = new Follower<V1ConfigMap>(server.Address);
        await follower.HasAsync("a", "c");
        server.Seen.Count(request => request.IsWatch).ShouldBe(1);
    }

    [Fact]
    public async Task A_handler_that_throws_hides_nothing_from_the_others()
    {
        await using var server = await FaultProxy.StartAsync();
        server.Fault = context => context.IsWatch() ? context.WatchAsync([Event("ADDED", "b", "101")], end.Token) : context.ListAsync("100", "a");
        await using var follower = new Follower<V1ConfigMap>(server.Address);
        follower.Informer.Changed += (_, _) => throw new InvalidOperationException("faulty handler");
        var told = 0;
        follower.Informer.Changed += (_, _) => told++;
        await follower.HasAsync("a", "b");
        follower.HasEnded.ShouldBeFalse();
    }

    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        end.Dispose();
    }

    private static IEnumerable<double> Gaps(FaultProxy server)
    {
        var watches = server.Seen.Where(request => request.IsWatch).ToList();
        return watches.Zip(watches.Skip(1), static (first, second) =>
            System.Diagnostics.Stopwatch.GetElapsedTime(first.At, second.At).TotalMilliseconds);
    }
}
