using AeroGrid.ApiServer.Authorization;
using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.ServiceAccounts;
using Microsoft.AspNetCore.Http;

namespace AeroGrid.ApiServer.Authentication;

/// <summary>
/// Lets a user act as another one with <c>Impersonate-User</c>, <c>-Uid</c>, <c>-Group</c> and <c>-Extra-*</c> headers
/// (https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/), if RBAC allows the verb impersonate on each of them.
/// </summary>
internal sealed class Impersonation(IAuthorizer authorizer)
{
    private const string UserHeader = "Impersonate-User";
    private const string GroupHeader = "Impersonate-Group";
    private const string UidHeader = "Impersonate-Uid";
    private const string ExtraPrefix = "Impersonate-Extra-";
    private const string AuthenticationGroup = "authentication.k8s.io";

    /// <summary>The user on whose behalf a request runs: the caller, unless there are headers.</summary>
    /// <exception cref="ApiException">403: not allowed. 400: headers that make no sense.</exception>
    public UserInfo Apply(UserInfo caller, IHeaderDictionary headers)
    {
        var extras = headers.Where(h => h.Key.StartsWith(ExtraPrefix, StringComparison.OrdinalIgnoreCase)).ToList();
        var name = headers[UserHeader].ToString();
        var groups = headers[GroupHeader].Where(g => !string.IsNullOrEmpty(g)).Select(g => g!).ToList();
        if (name.Length == 0)
        {
            return extras.Count == 0 && groups.Count == 0 && !headers.ContainsKey(UidHeader)
                ? caller
                : throw ApiException.BadRequest($"impersonation headers are set without {UserHeader}; name the user");
        }

        RequireUser(caller, name);
        var uid = headers[UidHeader].ToString();
        if (uid.Length > 0)
        {
            Require(caller, new RequestAttributes("impersonate", AuthenticationGroup, "uids", Name: uid));
        }

        foreach (var group in groups)
        {
            Require(caller, new RequestAttributes("impersonate", "", "groups", Name: group));
        }

        var extra = new Dictionary<string, IReadOnlyList<string>>();
        foreach (var (header, values) in extras)
        {
            var key = Uri.UnescapeDataString(header[ExtraPrefix.Length..]).ToLowerInvariant();
            foreach (var value in values)
            {
                Require(caller, new RequestAttributes("impersonate", AuthenticationGroup, "userextras", key, Name: value));
            }

            extra[key] = [.. values.Select(v => v ?? "")];
        }

        return new UserInfo(name, WithImpliedGroups(name, groups), extra, uid.Length > 0 ? uid : null);
    }

    private void RequireUser(UserInfo caller, string name)
    {
        Require(caller, ServiceAccountName.Of(name) is { } a
            ? new RequestAttributes("impersonate", "", "serviceaccounts", Namespace: a.Namespace, Name: a.Name)
            : new RequestAttributes("impersonate", "", "users", Name: name));
    }

    private void Require(UserInfo caller, RequestAttributes what)
    {
        if (!authorizer.Authorize(caller, what).Allowed)
        {
            throw ApiException.Forbidden(what.Group, what.Resource!, what.Name!, ForbiddenMessage.For(caller, what));
        }
    }

    private static List<string> WithImpliedGroups(string name, List<string> groups)
    {
        var all = new List<string>(groups);
        if (groups.Count == 0 && ServiceAccountName.Of(name) is { } account)
        {
            all.AddRange(account.Groups);
        }

        var implied = name == UserInfo.Anonymous.Name ? UserInfo.UnauthenticatedGroup : UserInfo.AuthenticatedGroup;
        if (!all.Contains(UserInfo.AuthenticatedGroup) && !all.Contains(UserInfo.UnauthenticatedGroup))
        {
            all.Add(implied);
        }

        return all;
    }
}
