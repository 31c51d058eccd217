using AeroGrid.Identity.Files;

namespace AeroGrid.Identity.Users;

/// <summary>
/// The local users, in <c>identity/users.json</c> of the data folder (mode 0600, replaced atomically). Several processes may use it at the
/// same time: changes are made one after the other under a lock, and every read sees the newest state. Thread-safe.
/// </summary>
public sealed class UserStore
{
    private readonly string _lockPath;
    private readonly UsersFile _file;
    private readonly TimeProvider _time;
    private readonly Passwords _passwords;

    /// <summary>Opens the users of a data folder; nothing is read or written yet.</summary>
    public UserStore(string dataFolder, TimeProvider? time = null)
        : this(dataFolder, time, Passwords.DefaultIterations)
    {
    }

    internal UserStore(string dataFolder, TimeProvider? time, int passwordIterations)
    {
        _passwords = new Passwords(passwordIterations);
        var folder = Path.Combine(dataFolder, "identity");
        _file = new UsersFile(Path.Combine(folder, "users.json"));
        _lockPath = Path.Combine(folder, "users.lock");
        _time = time ?? TimeProvider.System;
    }

    /// <summary>All users, by name.</summary>
    /// <exception cref="IdentityException">The file is damaged.</exception>
    public IReadOnlyList<LocalUser> List() => [.. Stored.Select(u => u.User).OrderBy(u => u.Name, StringComparer.Ordinal)];

    /// <summary>The user of a name, or null.</summary>
    /// <exception cref="IdentityException">The file is damaged.</exception>
    public LocalUser? Find(string name) => FindStored(name)?.User;

    /// <summary>Makes the first user, <c>demo</c> of the tenant <c>demo</c>, when no users were ever made.</summary>
    /// <returns>The generated password, which is not kept anywhere; null when there is a file of users already.</returns>
    public async Task<string?> CreateFirstUserAsync(CancellationToken cancellationToken = default)
    {
        using var held = await FileLock.AcquireAsync(_lockPath, cancellationToken);
        if (_file.Read() is not null)
        {
            return null;
        }

        var password = Passwords.Generate();
        _file.Write(new UsersDocument { Users = [Create(new LocalUser { Name = "demo", DisplayName = "Demo", Tenants = ["demo"] }, password)] });
        return password;
    }

    /// <summary>Adds a user; its <see cref="LocalUser.Subject"/> is made here.</summary>
    /// <exception cref="IdentityException">The name is taken, or a value is not possible.</exception>
    public async Task<LocalUser> AddAsync(LocalUser user, string password, CancellationToken cancellationToken = default)
    {
        UserRules.Check(user);
        UserRules.CheckPassword(user.Name, password);
        var added = Create(user, password);
        await ChangeAsync(
            users =>
            {
                if (users.Any(u => u.User.Name == user.Name))
                {
                    throw new IdentityException($"there is a user {user.Name} already");
                }

                users.Add(added);
            },
            cancellationToken);
        return added.User;
    }

    /// <summary>Removes a user; sessions and refresh tokens end at once, access tokens when they expire.</summary>
    /// <exception cref="IdentityException">There is no such user.</exception>
    public Task RemoveAsync(string name, CancellationToken cancellationToken = default) =>
        ChangeAsync(users => users.Remove(Require(users, name)), cancellationToken);

    /// <summary>Sets a password; sessions and refresh tokens from before end.</summary>
    /// <exception cref="IdentityException">There is no such user, or the password is not possible.</exception>
    public Task SetPasswordAsync(string name, string password, CancellationToken cancellationToken = default)
    {
        UserRules.CheckPassword(name, password);
        var hash = _passwords.Hash(password);
        return ReplaceAsync(name, u => u with { PasswordHash = hash, PasswordChanged = _time.GetUtcNow() }, cancellationToken);
    }

    /// <summary>Sets the tenants; tokens made from then on carry them.</summary>
    /// <exception cref="IdentityException">There is no such user, or a name is not possible.</exception>
    public Task SetTenantsAsync(string name, IReadOnlyList<string> tenants, CancellationToken cancellationToken = default)
    {
        UserRules.CheckTenants(tenants);
        return ReplaceAsync(name, u => u with { User = u.User with { Tenants = [.. tenants.Distinct()] } }, cancellationToken);
    }

    /// <summary>Sets display name, e-mail address and groups to those of <paramref name="user"/>.</summary>
    /// <exception cref="IdentityException">There is no such user, or a value is not possible.</exception>
    public Task SetProfileAsync(LocalUser user, CancellationToken cancellationToken = default)
    {
        UserRules.Check(user);
        return ReplaceAsync(
            user.Name,
            u => u with { User = u.User with { DisplayName = user.DisplayName, Email = user.Email, Groups = user.Groups } },
            cancellationToken);
    }

    /// <summary>A password that people can type, for <see cref="AddAsync"/> and <see cref="SetPasswordAsync"/>.</summary>
    public static string GeneratePassword() => Passwords.Generate();

    /// <summary>The user, if the password is right; takes the same time for users that do not exist.</summary>
    internal async Task<StoredUser?> LogInAsync(string name, string password, CancellationToken cancellationToken)
    {
        var user = FindStored(name);
        return await _passwords.VerifyAsync(user?.PasswordHash, password, cancellationToken) ? user : null;
    }

    internal StoredUser? FindStored(string name) => Stored.FirstOrDefault(u => u.User.Name == name);

    internal StoredUser? FindBySubject(string subject) => Stored.FirstOrDefault(u => u.User.Subject == subject);

    private IReadOnlyList<StoredUser> Stored => _file.Read()?.Users ?? [];

    private StoredUser Create(LocalUser user, string password) => new()
    {
        User = user with
        {
            DisplayName = user.DisplayName.Length > 0 ? user.DisplayName : user.Name,
            Tenants = [.. user.Tenants.Distinct()],
            Groups = [.. user.Groups.Distinct()],
            Subject = Guid.NewGuid().ToString(),
        },
        PasswordHash = _passwords.Hash(password),
        PasswordChanged = _time.GetUtcNow(),
    };

    private Task ReplaceAsync(string name, Func<StoredUser, StoredUser> change, CancellationToken cancellationToken) =>
        ChangeAsync(
            users =>
            {
                var user = Require(users, name);
                users[users.IndexOf(user)] = change(user);
            },
            cancellationToken);

    private async Task ChangeAsync(Action<List<StoredUser>> change, CancellationToken cancellationToken)
    {
        using var held = await FileLock.AcquireAsync(_lockPath, cancellationToken);
        var users = Stored.ToList();
        change(users);
        _file.Write(new UsersDocument { Users = users });
    }

    private static StoredUser Require(List<StoredUser> users, string name) =>
        users.FirstOrDefault(u => u.User.Name == name)
        ?? throw new IdentityException($"there is no user {name}; these are there: {string.Join(", ", users.Select(u => u.User.Name))}");
}
