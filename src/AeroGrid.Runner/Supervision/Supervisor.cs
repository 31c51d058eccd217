using System.ComponentModel;
using System.Globalization;
using System.Net.Sockets;

using AeroGrid.Runner.Grids;
using AeroGrid.Runner.Hosting;
using AeroGrid.Runner.Protocol;
using AeroGrid.Runner.Sessions;

namespace AeroGrid.Runner.Supervision;

/// <summary>Starts the app's Python, starts it again when it fails, and stops it.</summary>
#pragma warning disable CA1001 // The session that it shows belongs to the method that runs it.
internal sealed class Supervisor(SessionContext context, Readiness readiness, RunnerOptions options)
#pragma warning restore CA1001
{
    private static readonly TimeSpan FirstBackOff = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Healthy = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);

    private readonly TimeProvider time = context.Time;
    private volatile Session? session;

    /// <summary>How often the app's code was started again.</summary>
    public int Restarts { get; private set; }

    /// <summary>The session that runs now, if one does.</summary>
    public Session? Current => session;

    /// <summary>Runs the app until it shall stop, or fails before it was ever ready.</summary>
    /// <returns>The exit code of the runner.</returns>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        var backOff = FirstBackOff;
        while (true)
        {
            var started = time.GetTimestamp();
            var outcome = await RunOnceAsync(stop);
            if (stop.IsCancellationRequested)
                return 0;
            context.Metrics.Failed();
            if (!readiness.IsReady)
            {
                Say.That(outcome.Failure.Message);
                return outcome.ExitCode is { } code and not 0 ? code : 1;
            }

            context.State.Failed(outcome.Failure);
            if (outcome.WasReady && time.GetElapsedTime(started) > Healthy)
                backOff = FirstBackOff;
            Say.That(string.Create(CultureInfo.InvariantCulture, $"{outcome.Failure.Message} The app starts again in {backOff.TotalSeconds:0} s; its grids keep their last values."));
            try
            {
                await Task.Delay(backOff, time, stop);
            }
            catch (OperationCanceledException)
            {
                return 0;
            }

            backOff = backOff * 2 < LongestBackOff ? backOff * 2 : LongestBackOff;
            Restarts++;
        }
    }

    private async Task<ChildOutcome> RunOnceAsync(CancellationToken stop)
    {
        var path = Path.Combine(options.SocketFolder, $"sdk-{Restarts}.sock");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen(1);
        context.State.Started();
        context.Metrics.Started();
        try
        {
            using var child = ChildProcess.Start(options.Command, path);
            return await RunChildAsync(child, listener, stop);
        }
        catch (Win32Exception e)
        {
            return new ChildOutcome(new AppFailure($"The app cannot be started: {e.Message}"), 127, false);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private async Task<ChildOutcome> RunChildAsync(ChildProcess child, Socket listener, CancellationToken stop)
    {
        var ended = child.Ended;
        using var over = new CancellationTokenSource();
        var accepting = listener.AcceptAsync(over.Token).AsTask();
        try
        {
            if (await Task.WhenAny(accepting, ended, Until(stop, over.Token), Task.Delay(options.HelloLimit, time, over.Token)) != accepting)
                return await EndWithoutSessionAsync(child, ended, stop);
            await using var current = session = new Session(context, new SdkConnection(await accepting), stage: readiness.IsReady);
            return await RunSessionAsync(child, current, stop, over.Token);
        }
        finally
        {
            session = null;
            await over.CancelAsync();
        }
    }

    private async Task<ChildOutcome> EndWithoutSessionAsync(ChildProcess child, Task ended, CancellationToken stop)
    {
        if (stop.IsCancellationRequested)
            await EndAsync(child, TimeSpan.Zero);
        else if (!ended.IsCompleted)
            return new ChildOutcome(new AppFailure(NoHello), null, false);
        return Exited(child.ExitCode, null, false);
    }

    private string NoHello => string.Create(
        CultureInfo.InvariantCulture,
        $"The app did not begin within {options.HelloLimit.TotalSeconds:0} s: it makes no aerogrid.App, or it is stuck while its module is loaded.");

    private async Task<ChildOutcome> RunSessionAsync(ChildProcess child, Session current, CancellationToken stop, CancellationToken over)
    {
        var running = current.RunAsync(over);
        var ended = child.Ended;
        var wasReady = false;
        using var life = CancellationTokenSource.CreateLinkedTokenSource(over);
        var becomingReady = BecomeReadyAsync(current, () => wasReady = true, life.Token);
        var watching = WatchAsync(current, over);
        var first = await Task.WhenAny(running, ended, watching, FailureOf(becomingReady, over), Until(stop, over));

        // What ends now must not become ready any more.
        await life.CancelAsync();
        if (stop.IsCancellationRequested)
        {
            current.Stop("The app stops.");
            await EndAsync(child, options.StopLimit);
            return Exited(child.ExitCode, null, wasReady);
        }

        if (first == watching)
            return new ChildOutcome(await watching, null, wasReady);

        // The connection may have ended a little before the process, or the process before its last words were read.
        if (!running.IsFaulted)
            await Task.WhenAny(Task.WhenAll(Quietly(running), ended), Task.Delay(LastWords, time, over));
        if (running.IsFaulted)
            return new ChildOutcome(new AppFailure(Describe(running.Exception!.InnerException!)), null, wasReady);
        if (becomingReady.IsFaulted)
            return new ChildOutcome(new AppFailure(Describe(becomingReady.Exception!.InnerException!)), null, wasReady);
        return ended.IsCompleted
            ? Exited(child.ExitCode, current.Failure, wasReady)
            : new ChildOutcome(current.Failure ?? new AppFailure("The app has closed its connection to the platform."), null, wasReady);
    }

    private static string Describe(Exception e) => e switch
    {
        ProtocolException => $"The app's process does not keep to the platform's protocol: {e.Message}.",
        GridsTooLargeException => e.Message,
        _ => $"The platform's runner failed: {e}",
    };

    private static ChildOutcome Exited(int code, AppFailure? failure, bool wasReady) => new(
        failure ?? new AppFailure(code switch
        {
            0 => "The app has ended by itself. An app with grids runs until it is stopped.",
            137 => "The app's process was killed (signal 9); often that means too little memory (resources.limits.memory).",
            > 128 => string.Create(CultureInfo.InvariantCulture, $"The app's process was ended by signal {code - 128}."),
            _ => string.Create(CultureInfo.InvariantCulture, $"The app's process ended with exit code {code}; its output says why."),
        }),
        code,
        wasReady);

    /// <summary>Waits until the app has caught up, or for so long that waiting helps nobody.</summary>
    private async Task BecomeReadyAsync(Session current, Action ready, CancellationToken over)
    {
        Hello hello;
        try
        {
            hello = await current.Hello.WaitAsync(over);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        var since = time.GetTimestamp();

        // An app without topics gets a moment to fill its grids.
        var catchingUp = hello.Streams.Count > 0 ? current.CaughtUp : Task.Delay(TimeSpan.FromSeconds(1), time, over);
        while (!catchingUp.IsCompleted && time.GetElapsedTime(since) < options.CatchUpLimit && !IsSourceAwayFor(options.SourceLimit))
            await Task.WhenAny(catchingUp, Task.Delay(TimeSpan.FromMilliseconds(200), time, over));
        if (over.IsCancellationRequested)
            return;
        current.Publish();
        ready();
        if (catchingUp.IsCompleted)
            context.State.CaughtUp();
        if (!readiness.IsReady)
            Say.That("the app is ready.");
        readiness.Ready();
        try
        {
            await catchingUp.WaitAsync(over);
            context.State.CaughtUp();
        }
        catch (OperationCanceledException)
        {
            // It ended before.
        }
    }

    private bool IsSourceAwayFor(TimeSpan limit) => context.State.SourceLostAt is { } lost && time.GetElapsedTime(lost) > limit;

    /// <summary>Watches the app's event loop; completes when the app must be ended for it.</summary>
    private async Task<AppFailure> WatchAsync(Session current, CancellationToken over)
    {
        var watch = new BlockWatch(time);
        using var seconds = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
        var greeted = time.GetTimestamp();
        while (await seconds.WaitForNextTickAsync(over))
        {
            if (!current.Hello.IsCompleted)
            {
                if (time.GetElapsedTime(greeted) > options.HelloLimit)
                    return new AppFailure(NoHello);
                continue;
            }

            var blocked = watch.Judge(current.Alive);
            context.State.BlockedIn(blocked);
            if (watch.BlockedFor > options.BlockedLimit)
                return new AppFailure($"{blocked!.Value.Message} It was ended after {options.BlockedLimit.TotalSeconds:0} s.", blocked.Value.Place);
        }

        throw new OperationCanceledException(over);
    }

    /// <summary>Waits for an end, then asks for it, then makes it.</summary>
    private async Task EndAsync(ChildProcess child, TimeSpan patience)
    {
        if (await EndsWithinAsync(child, patience))
            return;
        child.AskToEnd();
        if (await EndsWithinAsync(child, TimeSpan.FromSeconds(2)))
            return;
        child.Kill();
        await child.Ended;
    }

    private async Task<bool> EndsWithinAsync(ChildProcess child, TimeSpan limit)
    {
        try
        {
            await child.Ended.WaitAsync(limit, time);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private static async Task Until(CancellationToken stop, CancellationToken over)
    {
        var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var first = stop.Register(source.SetResult);
        await using var second = over.Register(() => source.TrySetResult());
        await source.Task;
    }

    /// <summary>Completes when the task fails, and not when it is done.</summary>
    private async Task FailureOf(Task task, CancellationToken over)
    {
        await task;
        await Task.Delay(Timeout.InfiniteTimeSpan, time, over);
    }

    private static async Task Quietly(Task task) => await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
