using System.Text;
using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Storage;
using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;

namespace AeroGrid.ApiServer.Tests.Storage;

public sealed class ObjectStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_write_from_an_outdated_state_is_a_conflict()
    {
        using var store = Open();
        var first = await CreateAsync(store, "a");
        var changed = await store.WriteAsync(new Mutation(first.Key, first, Bytes("a", 2)));
        changed.Outcome.ShouldBe(MutationOutcome.Stored);
        (await store.WriteAsync(new Mutation(first.Key, first, Bytes("a", 3)))).Outcome.ShouldBe(MutationOutcome.Conflict);
        (await store.WriteAsync(new Mutation(first.Key, null, Bytes("a", 4)))).Outcome.ShouldBe(MutationOutcome.Conflict);
        (await store.WriteAsync(Mutation.Remove(first))).Outcome.ShouldBe(MutationOutcome.Conflict);
        store.Get(first.Key)!.Revision.ShouldBe(changed.Revision);
    }

    [Fact]
    public async Task Of_many_that_write_from_the_same_state_one_wins()
    {
        using var store = Open();
        var first = await CreateAsync(store, "a");
        var results = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => store.WriteAsync(new Mutation(first.Key, first, Bytes("a", i)))));
        results.Count(r => r.Outcome == MutationOutcome.Stored).ShouldBe(1);
    }

    [Fact]
    public async Task The_counter_goes_on_after_a_restart_even_when_the_last_change_was_a_deletion_that_is_compacted()
    {
        long last;
        using (var store = Open())
        {
            var first = await CreateAsync(store, "a");
            last = (await store.WriteAsync(Mutation.Remove(first))).Revision;
            await store.CompactAsync(last);
        }

        using (var store = Open())
        {
            store.Bounds().Newest.ShouldBe(last);
            (await CreateAsync(store, "b")).Revision.ShouldBe(last + 1);
        }
    }

    [Fact]
    public void A_second_process_cannot_open_the_folder()
    {
        using var store = Open();
        Should.Throw<IOException>(Open).Message.ShouldContain("Another process uses the data folder");
    }

    [Fact]
    public async Task A_database_of_a_newer_version_is_left_alone()
    {
        using (var store = Open())
        {
            await CreateAsync(store, "a");
        }

        using (var connection = Database.OpenWriter(new StoreOptions { Folder = _folder.Path }))
        {
            Database.Execute(connection, "PRAGMA user_version = 99");
        }

        Should.Throw<InvalidOperationException>(Open).Message.ShouldContain("newer AeroGrid");
    }

    [Fact]
    public async Task A_follower_that_falls_behind_the_memory_reads_the_log_on_disk_without_a_gap()
    {
        using var store = Open();
        var state = await CreateAsync(store, "a");
        var start = state.Revision;
        for (var i = 0; i < 1500; i++)
        {
            var written = await store.WriteAsync(new Mutation(state.Key, state, Bytes("a", i)));
            state = new StoredObject(state.Key, written.Revision, Bytes("a", i));
        }

        var seen = new List<long>();
        var (revision, rounds) = (start, 0);
        while (revision < state.Revision)
        {
            var (changes, upTo) = store.ChangesAfter("configmaps", revision);
            seen.AddRange(changes.Select(c => c.Revision));
            (revision, rounds) = (upTo, rounds + 1);
        }

        rounds.ShouldBeGreaterThan(1);
        seen.ShouldBe(Enumerable.Range(1, 1500).Select(i => start + i));
    }

    [Fact]
    public async Task Old_states_go_when_too_much_was_written()
    {
        using var store = new ObjectStore(new StoreOptions { Folder = _folder.Path, HistoryBytes = 200_000 }, NullLogger<ObjectStore>.Instance);
        var state = await CreateAsync(store, "a");
        for (var i = 0; i < 300; i++)
        {
            var value = Encoding.UTF8.GetBytes($$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"x":"{{{new string('x', 5000)}}}"}""");
            state = new StoredObject(state.Key, (await store.WriteAsync(new Mutation(state.Key, state, value))).Revision, value);
        }

        await TestKit.Eventually.True(() => store.Bounds().Compacted > 100, "nothing was compacted");
        store.Get(state.Key)!.Revision.ShouldBe(state.Revision);
    }

    /// <summary>Any history: every state since the compaction can be read, and the log leads from each to the next.</summary>
    [Fact]
    public void Every_state_that_is_kept_can_be_read_again_and_the_log_leads_from_one_to_the_next()
    {
        var operation = Gen.Select(Gen.Int[0, 2], Gen.Int[0, 5], Gen.Int[0, 1000]);
        Gen.Select(operation.Array[1, 60], Gen.Double[0, 1]).Sample(
            sample =>
            {
                using var folder = new TemporaryFolder();
                using var store = new ObjectStore(new StoreOptions { Folder = folder.Path }, NullLogger<ObjectStore>.Instance);
                var states = new SortedDictionary<long, Dictionary<string, string>> { [0] = [] };
                foreach (var (kind, which, value) in sample.Item1)
                {
                    Run(store, states, kind, $"n{which}", value);
                }

                var newest = states.Keys.Last();
                var compactTo = (long)(newest * sample.Item2);
                store.CompactAsync(compactTo).Wait();
                var compacted = store.Bounds().Compacted;
                foreach (var (revision, state) in states.Where(s => s.Key >= compacted))
                {
                    Read(store, revision).ShouldBe(state, ignoreOrder: true);
                    Replay(store, revision, state).ShouldBe(states[newest], ignoreOrder: true);
                }

                if (compacted > 0)
                {
                    Should.Throw<CompactedException>(() => Read(store, compacted - 1));
                }
            },
            iter: 40);
    }

    private static void Run(ObjectStore store, SortedDictionary<long, Dictionary<string, string>> states, int kind, string name, int value)
    {
        var key = new ObjectKey("configmaps", "ns", name);
        var present = store.Get(key);
        var mutation = kind switch
        {
            0 when present is not null => Mutation.Remove(present),
            0 => null,
            _ => new Mutation(key, present, Bytes(name, value)),
        };
        if (mutation is null)
        {
            return;
        }

        var result = store.WriteAsync(mutation).Result;
        var state = new Dictionary<string, string>(states.Values.Last());
        if (mutation.Value is null)
        {
            state.Remove(name);
        }
        else
        {
            state[name] = Encoding.UTF8.GetString(mutation.Value);
        }

        states[result.Revision] = state;
    }

    private static Dictionary<string, string> Read(ObjectStore store, long revision) =>
        store.Enumerate(new PageQuery("configmaps", null, revision), pageSize: 2).ToDictionary(o => o.Key.Name, o => Encoding.UTF8.GetString(o.Value));

    private static Dictionary<string, string> Replay(ObjectStore store, long from, Dictionary<string, string> start)
    {
        var state = new Dictionary<string, string>(start);
        var (changes, _) = store.ChangesAfter("configmaps", from);
        foreach (var change in changes)
        {
            (change.Old is null).ShouldBe(!state.ContainsKey(change.Key.Name));
            if (change.Old is not null)
            {
                Encoding.UTF8.GetString(change.Old.Value).ShouldBe(state[change.Key.Name]);
            }

            if (change.New is null)
            {
                state.Remove(change.Key.Name);
            }
            else
            {
                state[change.Key.Name] = Encoding.UTF8.GetString(change.New.Value);
            }
        }

        return state;
    }

    private static byte[] Bytes(string name, int value) =>
        ObjectCodec.Encode(new JsonObject { ["apiVersion"] = "v1", ["kind"] = "ConfigMap", ["metadata"] = new JsonObject { ["name"] = name }, ["value"] = value });

    private static async Task<StoredObject> CreateAsync(ObjectStore store, string name)
    {
        var key = new ObjectKey("configmaps", "ns", name);
        var result = await store.WriteAsync(new Mutation(key, null, Bytes(name, 0)));
        result.Outcome.ShouldBe(MutationOutcome.Stored);
        return new StoredObject(key, result.Revision, Bytes(name, 0));
    }

    private ObjectStore Open() => new(new StoreOptions { Folder = _folder.Path }, NullLogger<ObjectStore>.Instance);
}
