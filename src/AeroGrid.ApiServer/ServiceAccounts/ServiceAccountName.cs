using AeroGrid.ApiServer.Authentication;

namespace AeroGrid.ApiServer.ServiceAccounts;

/// <summary>
/// A service account and the user that it is (https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/).
/// </summary>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Name">Its name.</param>
internal readonly record struct ServiceAccountName(string Namespace, string Name)
{
    /// <summary>The account of pods that name none; every namespace has it.</summary>
    public const string Default = "default";

    /// <summary>Storage key of service accounts.</summary>
    public const string StorageKey = "serviceaccounts";

    /// <summary>All service accounts.</summary>
    public const string AllGroup = "system:serviceaccounts";

    private const string Prefix = "system:serviceaccount:";

    /// <summary>The name of its user.</summary>
    public string User => $"{Prefix}{Namespace}:{Name}";

    /// <summary>The groups of its user, without those that every user has.</summary>
    public IReadOnlyList<string> Groups => [AllGroup, $"{AllGroup}:{Namespace}"];

    /// <summary>The account that a user name is of; null when it is none's.</summary>
    public static ServiceAccountName? Of(string user)
    {
        var parts = user.Split(':');
        return user.StartsWith(Prefix, StringComparison.Ordinal) && parts.Length == 4 ? new ServiceAccountName(parts[2], parts[3]) : null;
    }

    /// <summary>Its user as a request's caller.</summary>
    /// <param name="uid">The account's uid.</param>
    /// <param name="extra">Further attributes.</param>
    public UserInfo ToUser(string uid, IReadOnlyDictionary<string, IReadOnlyList<string>> extra) =>
        new(User, [.. Groups, UserInfo.AuthenticatedGroup], extra, uid);
}
