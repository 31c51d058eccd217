using System.Collections.Concurrent;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.ControllerRuntime.Informers;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace AeroGrid.ControllerRuntime.Tests.Servers;

/// <summary>An informer that runs, and a record of what it told: <c>+a</c> came, <c>~a</c> changed, <c>-a</c> went.</summary>
internal sealed class Follower<T> : IAsyncDisposable
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    private readonly CancellationTokenSource end = new();
    private readonly ResourceClient client;
    private readonly Task run;

    public Follower(Uri address, InformerOptions? options = null, TimeProvider? time = null, ILoggerFactory? loggers = null, string? token = null)
    {
        client = Clients.Create(address, time: time, token: token);
        Informer = new Informer<T>(client, options ?? Quick, loggers, time);
        Informer.Changed += (old, now) =>
            Changes.Enqueue((old is null ? "+" : now is null ? "-" : "~") + (now ?? old)!.Metadata.Name);
        run = Informer.RunAsync(end.Token);
    }

    /// <summary>Short pauses: tests wait for them.</summary>
    public static InformerOptions Quick { get; } = new()
    {
        Backoff = new() { Initial = TimeSpan.FromMilliseconds(20), Maximum = TimeSpan.FromMilliseconds(200), Jitter = 0 },
    };

    public Informer<T> Informer { get; }

    public ConcurrentQueue<string> Changes { get; } = new();

    public bool HasEnded => run.IsCompleted;

    public Task SyncedAsync() => Informer.WaitForSyncAsync().WaitAsync(TestKit.Eventually.DefaultTimeout);

    public Task HasAsync(params string[] names) => TestKit.Eventually.Async(() =>
    {
        Informer.List().Select(obj => obj.Metadata.Name).Order().ShouldBe(names.Order());
        return Task.CompletedTask;
    });

    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        await run;
        end.Dispose();
        client.Dispose();
    }
}
