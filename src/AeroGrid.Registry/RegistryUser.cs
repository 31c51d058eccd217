namespace AeroGrid.Registry;

/// <summary>Somebody who may use the registry with basic authentication.</summary>
/// <param name="Name">Without a colon.</param>
/// <param name="Password">A random token, at least 16 characters; it is compared in constant time and not hashed, so it must not be a person's.</param>
/// <param name="MayPush">Whether the user may push and delete; everyone may pull.</param>
public sealed record RegistryUser(string Name, string Password, bool MayPush)
{
    /// <summary>Hides the password.</summary>
    public override string ToString() => $"{Name}:*** ({(MayPush ? "push" : "pull")})";
}
