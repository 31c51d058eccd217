using AeroGrid.ControllerRuntime.Queues;
using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace AeroGrid.ControllerRuntime.Tests.Queues;

public sealed class WorkQueueTests
{
    private readonly FakeTimeProvider time = new();

    [Fact]
    public async Task A_key_that_is_added_many_times_is_taken_once()
    {
        using var queue = new WorkQueue<string>(timeProvider: time);
        for (var i = 0; i < 50; i++)
            queue.Add("a");
        queue.Depth.ShouldBe(1);
        (await queue.TakeAsync())!.Value.Key.ShouldBe("a");
        queue.Depth.ShouldBe(0);
    }

    [Fact]
    public async Task A_key_that_is_added_while_a_worker_has_it_comes_back_when_that_is_done()
    {
        using var queue = new WorkQueue<string>(timeProvider: time);
        queue.Add("a");
        await queue.TakeAsync();
        queue.Add("a");
        var second = queue.TakeAsync().AsTask();
        second.IsCompleted.ShouldBeFalse();
        queue.Done("a");
        (await second)!.Value.Key.ShouldBe("a");
    }

    [Fact]
    public async Task A_delayed_key_comes_at_its_time_and_never_before()
    {
        using var queue = new WorkQueue<string>(timeProvider: time);
        queue.AddAfter("later", TimeSpan.FromSeconds(10));
        queue.AddAfter("soon", TimeSpan.FromSeconds(5));
        var taken = queue.TakeAsync().AsTask();
        time.Advance(TimeSpan.FromSeconds(4.9));
        taken.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromSeconds(0.2));
        (await taken)!.Value.Key.ShouldBe("soon");
        time.Advance(TimeSpan.FromSeconds(5));
        (await queue.TakeAsync())!.Value.Key.ShouldBe("later");
    }

    [Fact]
    public void Of_two_times_the_earlier_counts()
    {
        using var queue = new WorkQueue<string>(timeProvider: time);
        queue.AddAfter("a", TimeSpan.FromSeconds(10));
        queue.AddAfter("a", TimeSpan.FromSeconds(2));
        queue.AddAfter("a", TimeSpan.FromSeconds(20));
        time.Advance(TimeSpan.FromSeconds(2));
        queue.Depth.ShouldBe(1);
        queue.Delayed.ShouldBe(0);
    }

    [Fact]
    public async Task A_delayed_key_does_not_delay_an_earlier_add_and_taking_it_drops_the_pending_time()
    {
        using var queue = new WorkQueue<string>(timeProvider: time);
        queue.AddAfter("a", TimeSpan.FromHours(1));
        queue.Add("a");
        (await queue.TakeAsync())!.Value.Key.ShouldBe("a");
        queue.Done("a");
        time.Advance(TimeSpan.FromHours(2));
        queue.Depth.ShouldBe(0);
    }

    [Fact]
    public async Task Times_that_were_dropped_do_not_pile_up()
    {
        using var queue = new WorkQueue<string>(timeProvider: time);
        for (var i = 0; i < 10_000; i++)
        {
            queue.AddAfter("a", TimeSpan.FromHours(1));
            queue.Add("a");
            await queue.TakeAsync();
            queue.Done("a");
        }

        queue.AddAfter("a", TimeSpan.FromHours(1));
        queue.TimetableSize.ShouldBeLessThan(200);
    }

    [Fact]
    public void Failures_wait_longer_each_time_up_to_the_maximum_and_for_ever()
    {
        var backoff = new Backoff { Initial = TimeSpan.FromSeconds(1), Maximum = TimeSpan.FromSeconds(30), Jitter = 0 };
        using var queue = new WorkQueue<string>(backoff, time);
        double[] waits = [.. Enumerable.Range(0, 2000).Select(_ => queue.AddFailed("a").TotalSeconds)];
        waits[..7].ShouldBe([1, 2, 4, 8, 16, 30, 30]);
        waits[1999].ShouldBe(30);
        queue.Failures("a").ShouldBe(2000);
        queue.Forget("a");
        queue.AddFailed("a").TotalSeconds.ShouldBe(1);
    }

    [Fact]
    public async Task A_closed_queue_is_empty_and_takes_nothing()
    {
        using var queue = new WorkQueue<string>(timeProvider: time);
        queue.Add("a");
        queue.AddAfter("b", TimeSpan.FromSeconds(1));
        queue.Close();
        queue.Add("c");
        time.Advance(TimeSpan.FromSeconds(2));
        (await queue.TakeAsync()).ShouldBeNull();
        (queue.Depth, queue.Delayed).ShouldBe((0, 0));
    }

    [Fact]
    public void No_wait_is_longer_than_the_maximum_or_shorter_than_its_jitter_allows() =>
        Gen.Select(Gen.Int[1, 10_000], Gen.Double[0.001, 100], Gen.Double[0.001, 1000], Gen.Double[0, 1]).Sample((failures, initial, maximum, jitter) =>
        {
            var backoff = new Backoff { Initial = TimeSpan.FromSeconds(initial), Maximum = TimeSpan.FromSeconds(maximum), Jitter = jitter };
            var wait = backoff.After(failures).TotalSeconds;
            var full = Math.Min(initial * Math.Pow(2, failures - 1), maximum);
            return wait <= full + 1e-6 && wait >= (full * (1 - jitter)) - 1e-6;
        });

    /// <summary>
    /// Any order of calls against a model: a key is never with two workers, an added key is not lost, a key is not given out without
    /// having been added or being due.
    /// </summary>
    [Fact]
    public void Whatever_the_order_of_calls_no_key_is_lost_doubled_or_invented()
    {
        var operation = Gen.Select(Gen.Int[0, 6], Gen.Int[0, 3], Gen.Int[0, 20]);
        operation.List[1, 200].Sample(operations =>
        {
            var clock = new FakeTimeProvider();
            using var queue = new WorkQueue<int>(new Backoff { Initial = TimeSpan.FromSeconds(1), Jitter = 0 }, clock);
            var (dirty, processing) = (new HashSet<int>(), new HashSet<int>());
            var due = new Dictionary<int, DateTimeOffset>();
            foreach (var (what, key, seconds) in operations)
            {
                switch (what)
                {
                    case 0:
                        queue.Add(key);
                        dirty.Add(key);
                        break;
                    case 1:
                        queue.AddAfter(key, TimeSpan.FromSeconds(seconds));
                        Later(key, TimeSpan.FromSeconds(seconds));
                        break;
                    case 2 when processing.Contains(key):
                        Later(key, queue.AddFailed(key));
                        break;
                    case 3 when processing.Remove(key):
                        queue.Done(key);
                        break;
                    case 4:
                        clock.Advance(TimeSpan.FromSeconds(seconds));
                        foreach (var ready in due.Where(pair => pair.Value <= clock.GetUtcNow()).Select(pair => pair.Key).ToList())
                        {
                            due.Remove(ready);
                            dirty.Add(ready);
                        }

                        break;
                    default:
                        var can = dirty.Where(candidate => !processing.Contains(candidate)).ToHashSet();
                        var take = queue.TakeAsync();
                        if (!take.IsCompleted)
                        {
                            can.ShouldBeEmpty();
                            queue.Add(99);
                            take.AsTask().Result!.Value.Key.ShouldBe(99);
                            queue.Done(99);
                            break;
                        }

                        var taken = take.Result!.Value.Key;
                        can.ShouldContain(taken);
                        dirty.Remove(taken);
                        due.Remove(taken);
                        processing.Add(taken).ShouldBeTrue();
                        break;
                }

                (queue.Depth, queue.Processing, queue.Delayed).ShouldBe((dirty.Count, processing.Count, due.Count));

                void Later(int later, TimeSpan delay)
                {
                    if (delay <= TimeSpan.Zero)
                        dirty.Add(later);
                    else if (!due.TryGetValue(later, out var earlier) || clock.GetUtcNow() + delay < earlier)
                        due[later] = clock.GetUtcNow() + delay;
                }
            }
        }, iter: 500);
    }

    [Fact]
    public async Task Many_producers_and_workers_lose_no_key_and_never_share_one()
    {
        using var queue = new WorkQueue<int>();
        var (seen, added) = (new int[20], new int[20]);
        var busy = new int[20];
        var workers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (await queue.TakeAsync() is var (key, _))
            {
                Interlocked.Increment(ref busy[key]).ShouldBe(1);
                Volatile.Write(ref seen[key], Volatile.Read(ref added[key]));
                await Task.Yield();
                Interlocked.Decrement(ref busy[key]);
                queue.Done(key);
            }
        })).ToList();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(producer => Task.Run(() =>
        {
            var random = new Random(producer);
            for (var i = 0; i < 5000; i++)
            {
                var key = random.Next(20);
                Interlocked.Increment(ref added[key]);
                queue.Add(key);
            }
        })));

        // Every key was seen by a worker after it was last added.
        await TestKit.Eventually.True(() => seen.SequenceEqual(added), "a key was lost");
        queue.Close();
        await Task.WhenAll(workers);
    }
}
