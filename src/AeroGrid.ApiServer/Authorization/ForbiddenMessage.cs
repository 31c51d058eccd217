using AeroGrid.ApiServer.Authentication;

namespace AeroGrid.ApiServer.Authorization;

/// <summary>Says what somebody may not do, in the words of kube-apiserver, which tools and people search for.</summary>
internal static class ForbiddenMessage
{
    /// <summary>For example <c>User "jane" cannot list resource "pods" in API group "" in the namespace "demo"</c>.</summary>
    public static string For(UserInfo user, RequestAttributes request)
    {
        if (request.Resource is null)
        {
            return $"User \"{user.Name}\" cannot {request.Verb} path \"{request.Path}\"";
        }

        var resource = string.IsNullOrEmpty(request.Subresource) ? request.Resource : $"{request.Resource}/{request.Subresource}";
        var scope = string.IsNullOrEmpty(request.Namespace) ? "at the cluster scope" : $"in the namespace \"{request.Namespace}\"";
        return $"User \"{user.Name}\" cannot {request.Verb} resource \"{resource}\" in API group \"{request.Group}\" {scope}";
    }
}
