using System.Text.RegularExpressions;

namespace AeroGrid.Identity.Users;

/// <summary>What names and passwords must look like.</summary>
internal static partial class UserRules
{
    private const int ShortestPassword = 8;
    private const int LongestPassword = 256;

    /// <exception cref="IdentityException">Something is not as it must be.</exception>
    public static void Check(LocalUser user)
    {
        if (!UserName().IsMatch(user.Name))
        {
            throw new IdentityException(
                $"user name \"{user.Name}\" is not possible: use 1 to 64 lower-case letters, digits and . _ @ -, beginning and ending with a letter or digit");
        }

        if (user.DisplayName.Length > 128 || user.DisplayName.Any(char.IsControl))
        {
            throw new IdentityException("the display name must have at most 128 characters and no control characters");
        }

        if (user.Email is { } email && !EmailAddress().IsMatch(email))
        {
            throw new IdentityException($"\"{email}\" is not an e-mail address");
        }

        CheckTenants(user.Tenants);
        if (user.Groups.FirstOrDefault(g => !GroupName().IsMatch(g) || g.StartsWith("system:", StringComparison.Ordinal)) is { } group)
        {
            throw new IdentityException(
                $"group \"{group}\" is not possible: use 1 to 128 visible characters; names that begin with \"system:\" belong to Kubernetes");
        }
    }

    /// <exception cref="IdentityException">A tenant cannot have such a name.</exception>
    public static void CheckTenants(IReadOnlyList<string> tenants)
    {
        if (tenants.FirstOrDefault(t => !DnsLabel().IsMatch(t)) is { } tenant)
        {
            throw new IdentityException(
                $"tenant \"{tenant}\" is not possible: use 1 to 63 lower-case letters, digits and -, beginning and ending with a letter or digit");
        }
    }

    /// <exception cref="IdentityException">Too short, too long, or the name itself.</exception>
    public static void CheckPassword(string name, string password)
    {
        if (password.Length is < ShortestPassword or > LongestPassword || password == name)
        {
            throw new IdentityException($"the password must have {ShortestPassword} to {LongestPassword} characters and not be the user name");
        }
    }

    [GeneratedRegex(@"^[a-z0-9]([a-z0-9._@-]{0,62}[a-z0-9])?\z", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex UserName();

    [GeneratedRegex(@"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\z", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex DnsLabel();

    [GeneratedRegex(@"^[\x21-\x7e]{1,128}\z", RegexOptions.NonBacktracking)]
    private static partial Regex GroupName();

    [GeneratedRegex(@"^[^@\s]{1,64}@[^@\s]{1,190}\z", RegexOptions.NonBacktracking)]
    private static partial Regex EmailAddress();
}
