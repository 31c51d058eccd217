using System.Net;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.ControllerRuntime.Tests.Servers;
using AeroGrid.TestKit;
using k8s.Models;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace AeroGrid.ControllerRuntime.Tests.Client;

public sealed class RequestTests(Cluster cluster)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_429_is_sent_again_when_the_server_says_so(bool asDate)
    {
        var space = await cluster.NamespaceAsync();
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var proxy = await cluster.ProxyAsync();
        proxy.Fault = async context =>
        {
            proxy.Fault = null;
            context.Response.Headers.RetryAfter = asDate ? time.GetUtcNow().AddSeconds(7).ToString("R") : "7";
            return await context.StatusAsync(429, "TooManyRequests");
        };
        using var client = cluster.Through(proxy, time);
        var create = client.CreateAsync(new V1ConfigMap { Metadata = new() { NamespaceProperty = space, Name = "late" } });
        await Eventually.True(() => proxy.Seen.Count == 1 && proxy.Fault is null, "nothing was sent");
        time.Advance(TimeSpan.FromSeconds(5));
        create.IsCompleted.ShouldBeFalse();
        await Eventually.Async(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            create.IsCompleted.ShouldBeTrue();
            return Task.CompletedTask;
        });
        (await create).Metadata.Name.ShouldBe("late");
        proxy.Seen.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_429_without_a_time_is_the_callers_affair()
    {
        await using var server = await FaultProxy.StartAsync();
        server.Fault = context => context.StatusAsync(429, "TooManyRequests");
        using var client = Clients.Create(server.Address);
        var failure = await Should.ThrowAsync<KubernetesApiException>(() => client.ListAsync<V1ConfigMap>("demo"));
        (failure.StatusCode, failure.Reason, failure.RetryAfter, server.Seen.Count).ShouldBe((HttpStatusCode.TooManyRequests, "TooManyRequests", null, 1));
    }

    [Fact]
    public async Task A_slow_answer_is_a_TimeoutException_that_names_the_request()
    {
        var time = new FakeTimeProvider();
        await using var server = await FaultProxy.StartAsync();
        using var end = new CancellationTokenSource();
        server.Fault = context => context.SilenceAsync(end.Token);
        using var client = Clients.Create(server.Address, time: time, timeout: TimeSpan.FromSeconds(5));
        var get = client.GetAsync<V1ConfigMap>("demo", "slow");
        await Eventually.True(() => server.Seen.Count == 1, "nothing was sent");
        time.Advance(TimeSpan.FromSeconds(5));
        (await Should.ThrowAsync<TimeoutException>(() => get)).Message.ShouldContain("GET api/v1/namespaces/demo/configmaps/slow");
        await end.CancelAsync();
    }

    [Fact]
    public async Task A_body_that_trickles_is_bound_by_the_same_time()
    {
        var time = new FakeTimeProvider();
        await using var server = await FaultProxy.StartAsync();
        using var end = new CancellationTokenSource();
        server.Fault = async context =>
        {
            await context.Response.WriteAsync("{\"kind\":", context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            return await context.SilenceAsync(end.Token);
        };
        using var client = Clients.Create(server.Address, time: time, timeout: TimeSpan.FromSeconds(5));
        var get = client.GetAsync<V1ConfigMap>("demo", "slow");
        await Eventually.Async(() =>
        {
            time.Advance(TimeSpan.FromSeconds(5));
            get.IsCompleted.ShouldBeTrue();
            return Task.CompletedTask;
        });
        await Should.ThrowAsync<TimeoutException>(() => get);
        await end.CancelAsync();
    }

    [Fact]
    public async Task A_cancelled_request_is_cancelled_and_not_timed_out()
    {
        await using var server = await FaultProxy.StartAsync();
        using var end = new CancellationTokenSource();
        server.Fault = context => context.SilenceAsync(end.Token);
        using var client = Clients.Create(server.Address);
        using var stop = new CancellationTokenSource();
        var get = client.GetAsync<V1ConfigMap>("demo", "slow", stop.Token);
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => get);
        await end.CancelAsync();
    }

    [Fact]
    public async Task An_answer_of_something_that_is_no_API_server_keeps_its_words()
    {
        await using var server = await FaultProxy.StartAsync();
        server.Fault = async context =>
        {
            context.Response.StatusCode = 502;
            await context.Response.WriteAsync("<h1>upstream is down</h1>");
            return true;
        };
        using var client = Clients.Create(server.Address);
        var failure = await Should.ThrowAsync<KubernetesApiException>(() => client.ListAsync<V1ConfigMap>("demo"));
        failure.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
        failure.Message.ShouldContain("upstream is down");
    }

    [Fact]
    public async Task Refusals_say_what_they_are()
    {
        var space = await cluster.NamespaceAsync();
        var map = await cluster.WriteAsync(space, "a");
        (await cluster.Client.GetAsync<V1ConfigMap>(space, "missing")).ShouldBeNull();
        (await cluster.Client.DeleteAsync<V1ConfigMap>(new(space, "missing"))).ShouldBeFalse();
        (await Should.ThrowAsync<KubernetesApiException>(() => cluster.WriteAsync(space, "a"))).IsAlreadyExists.ShouldBeTrue();
        (await Should.ThrowAsync<KubernetesApiException>(() => cluster.ChangeAsync(space, "missing", "x"))).IsNotFound.ShouldBeTrue();
        await cluster.ChangeAsync(space, "a", "2");
        var stale = await Should.ThrowAsync<KubernetesApiException>(() => cluster.Client.ReplaceAsync(map));
        (stale.IsConflict, stale.IsAlreadyExists).ShouldBe((true, false));
        var invalid = await Should.ThrowAsync<KubernetesApiException>(() => cluster.WriteAsync(space, "Not_A_Name"));
        invalid.IsInvalid.ShouldBeTrue();
        invalid.Causes.ShouldContain(cause => cause.Field == "metadata.name");
        var precondition = await Should.ThrowAsync<KubernetesApiException>(
            () => cluster.Client.DeleteAsync<V1ConfigMap>(new(space, "a"), new DeleteOptions { Uid = "another" }));
        precondition.IsConflict.ShouldBeTrue();
        using var nobody = Clients.Create(cluster.Server.Address, "wrong");
        (await Should.ThrowAsync<KubernetesApiException>(() => nobody.ListAsync<V1ConfigMap>(space))).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_dry_run_writes_nothing()
    {
        var space = await cluster.NamespaceAsync();
        await cluster.Client.CreateAsync(new V1ConfigMap { Metadata = new() { NamespaceProperty = space, Name = "dry" } }, new() { DryRun = true });
        (await cluster.Client.GetAsync<V1ConfigMap>(space, "dry")).ShouldBeNull();
    }

    [Fact]
    public async Task A_token_from_a_file_is_read_again_after_a_refusal_and_when_it_is_old()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "one\n");
            var time = new FakeTimeProvider();
            await using var server = await FaultProxy.StartAsync();
            var tokens = new System.Collections.Concurrent.ConcurrentQueue<string>();
            server.Fault = context =>
            {
                tokens.Enqueue(context.Request.Headers.Authorization.ToString());
                return tokens.Last() == "Bearer one" && tokens.Count > 1 ? context.StatusAsync(401, "Unauthorized") : context.ListAsync("1");
            };
            using var client = ResourceClient.Create(
                new k8s.KubernetesClientConfiguration { Host = server.Address.ToString() },
                new ResourceClientOptions { TokenFile = file, TimeProvider = time });
            await client.ListAsync<V1ConfigMap>("demo");
            await File.WriteAllTextAsync(file, "two");
            await Should.ThrowAsync<KubernetesApiException>(() => client.ListAsync<V1ConfigMap>("demo"));
            await client.ListAsync<V1ConfigMap>("demo");
            await File.WriteAllTextAsync(file, "three");
            await client.ListAsync<V1ConfigMap>("demo");
            time.Advance(TimeSpan.FromSeconds(11));
            await client.ListAsync<V1ConfigMap>("demo");
            tokens.ShouldBe(["Bearer one", "Bearer one", "Bearer two", "Bearer two", "Bearer three"]);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void A_key_without_what_its_kind_needs_is_refused_before_it_is_sent()
    {
        Should.Throw<ArgumentException>(() => cluster.Client.GetAsync<V1ConfigMap>(null, "a")).Message.ShouldContain("needs a namespace");
        Should.Throw<ArgumentException>(() => cluster.Client.GetAsync<V1Node>("demo", "a")).Message.ShouldContain("cluster-scoped");
        Should.Throw<ArgumentException>(() => cluster.Client.GetAsync<V1ConfigMap>("demo", "")).Message.ShouldContain("without a name");
        Should.Throw<FormatException>(() => ObjectKey.Parse("a/b/c"));
        ObjectKey.Parse("demo/a").ShouldBe(new ObjectKey("demo", "a"));
    }
}
