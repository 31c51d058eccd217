using System.Buffers.Binary;
using AeroGrid.Identity.Users;

namespace AeroGrid.Identity.Tests;

public sealed class UserStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("aerogrid-users-").FullName;
    private readonly UserStore _users;

    public UserStoreTests() => _users = Open();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_first_user_is_made_once_and_its_password_told_once()
    {
        var password = await _users.CreateFirstUserAsync();
        password.ShouldNotBeNull();
        password.ShouldMatch("^([a-z2-9]{4}-){3}[a-z2-9]{4}$");
        (await _users.CreateFirstUserAsync()).ShouldBeNull();
        _users.List().ShouldHaveSingleItem().Tenants.ShouldBe(["demo"]);
        (await _users.LogInAsync("demo", password, default)).ShouldNotBeNull();
        (await _users.LogInAsync("demo", password + "x", default)).ShouldBeNull();
        (await File.ReadAllTextAsync(Path.Combine(_folder, "identity", "users.json"))).ShouldNotContain(password);

        // Removing everyone is no reason to make demo again.
        await _users.RemoveAsync("demo");
        (await _users.CreateFirstUserAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task Edits_of_several_processes_at_the_same_time_are_all_there()
    {
        var stores = Enumerable.Range(0, 4).Select(_ => Open()).ToArray();
        await Parallel.ForAsync(0, 12, async (i, cancellation) =>
        {
            await stores[i % 4].AddAsync(new LocalUser { Name = $"u{i}" }, "a long password", cancellation);
            await stores[(i + 1) % 4].SetTenantsAsync($"u{i}", [$"t{i}"], cancellation);
        });

        _users.List().Count.ShouldBe(12);
        _users.List().Select(u => $"u{u.Tenants.Single().TrimStart('t')}").ShouldBe(_users.List().Select(u => u.Name));
        Directory.GetFiles(Path.Combine(_folder, "identity"), "*.new").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("", "user name")]
    [InlineData("Jane", "user name")]
    [InlineData("jane doe", "user name")]
    [InlineData("system:admin", "user name")]
    [InlineData("-jane", "user name")]
    [InlineData("jane\n", "user name")]
    public async Task Names_that_are_not_possible_are_refused(string name, string why) =>
        (await Should.ThrowAsync<IdentityException>(() => _users.AddAsync(new LocalUser { Name = name }, "a long password"))).Message.ShouldContain(why);

    [Fact]
    public async Task Other_values_that_are_not_possible_are_refused()
    {
        foreach (var (user, password, why) in new[]
        {
            (new LocalUser { Name = "a", Tenants = ["Not A Label"] }, "a long password", "tenant"),
            (new LocalUser { Name = "a", Groups = ["system:masters"] }, "a long password", "system:"),
            (new LocalUser { Name = "a", Email = "nonsense" }, "a long password", "e-mail"),
            (new LocalUser { Name = "a" }, "short", "password"),
            (new LocalUser { Name = "longname1" }, "longname1", "password"),
        })
        {
            (await Should.ThrowAsync<IdentityException>(() => _users.AddAsync(user, password))).Message.ShouldContain(why);
        }

        _users.List().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_name_is_given_once_and_a_subject_never_again()
    {
        var first = await _users.AddAsync(new LocalUser { Name = "jane" }, "a long password");
        (await Should.ThrowAsync<IdentityException>(() => _users.AddAsync(new LocalUser { Name = "jane" }, "a long password"))).Message.ShouldContain("already");
        await _users.RemoveAsync("jane");
        (await _users.AddAsync(new LocalUser { Name = "jane" }, "a long password")).Subject.ShouldNotBe(first.Subject);
        (await Should.ThrowAsync<IdentityException>(() => _users.RemoveAsync("joe"))).Message.ShouldContain("jane");
    }

    [Fact]
    public async Task A_damaged_file_is_left_as_it_is()
    {
        await _users.CreateFirstUserAsync();
        var path = Path.Combine(_folder, "identity", "users.json");
        await File.WriteAllTextAsync(path, "{ \"users\": [");

        (await Should.ThrowAsync<IdentityException>(() => _users.AddAsync(new LocalUser { Name = "jane" }, "a long password"))).Message.ShouldContain(path);
        Should.Throw<IdentityException>(() => _users.List());
        (await File.ReadAllTextAsync(path)).ShouldBe("{ \"users\": [");
    }

    [Fact]
    public async Task Hashes_have_the_strength_that_owasp_asks_for()
    {
        await new UserStore(_folder).AddAsync(new LocalUser { Name = "jane" }, "a long password");
        var hash = Convert.FromBase64String(_users.FindStored("jane")!.PasswordHash);
        // Format of ASP.NET Core: marker 1, pseudo-random function 2 (HMAC-SHA-512), iterations.
        hash[0].ShouldBe((byte)1);
        BinaryPrimitives.ReadInt32BigEndian(hash.AsSpan(1)).ShouldBe(2);
        BinaryPrimitives.ReadInt32BigEndian(hash.AsSpan(5)).ShouldBeGreaterThanOrEqualTo(210_000);
        (await _users.LogInAsync("jane", "a long password", default)).ShouldNotBeNull();
    }

    private UserStore Open() => new(_folder, null, passwordIterations: 1000);
}
