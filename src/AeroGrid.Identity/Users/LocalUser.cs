namespace AeroGrid.Identity.Users;

/// <summary>A person who may log in on this machine. Immutable.</summary>
public sealed record LocalUser
{
    /// <summary>Name for logging in, in tokens <c>preferred_username</c>: lower-case letters, digits, <c>. _ @ -</c>, at most 64 characters.</summary>
    public required string Name { get; init; }

    /// <summary>Name for people; the user name when empty.</summary>
    public string DisplayName { get; init; } = "";

    /// <summary>E-mail address, or null.</summary>
    public string? Email { get; init; }

    /// <summary>Groups that RBAC may name.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>Tenants whose apps the user may call.</summary>
    public IReadOnlyList<string> Tenants { get; init; } = [];

    /// <summary>In tokens <c>sub</c>: given when the user is added and never given again, so that a new user of an old name is somebody else.</summary>
    public string Subject { get; init; } = "";
}
