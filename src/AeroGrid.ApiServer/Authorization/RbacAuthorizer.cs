using AeroGrid.ApiServer.Authentication;

namespace AeroGrid.ApiServer.Authorization;

/// <summary>
/// Role-based access control (https://kubernetes.io/docs/reference/access-authn-authz/rbac/): what no binding allows is forbidden.
/// <c>system:masters</c> may do everything. Thread-safe.
/// </summary>
internal sealed class RbacAuthorizer(Lazy<RbacIndex> index) : IAuthorizer
{
    /// <summary>For probes, which must work whatever the roles are (kube-apiserver's <c>--authorization-always-allow-paths</c>).</summary>
    private static readonly string[] AlwaysAllowedPaths = ["/healthz", "/livez", "/readyz"];

    public AuthorizationDecision Authorize(UserInfo user, RequestAttributes request)
    {
        if (user.Groups.Contains(UserInfo.MastersGroup))
        {
            return new AuthorizationDecision(true, "");
        }

        if (request.Path is { } path && IsAlwaysAllowed(path))
        {
            return new AuthorizationDecision(true, "the path is open to everyone");
        }

        foreach (var (subject, binding) in BindingsOf(user, request.Resource is null ? null : request.Namespace))
        {
            foreach (var rule in index.Value.RulesOf(binding.Role) ?? [])
            {
                if (rule.Allows(request))
                {
                    return new AuthorizationDecision(true, binding.Describe(subject));
                }
            }
        }

        return new AuthorizationDecision(false, "");
    }

    /// <summary>Every rule that a user has in a namespace (null or empty: cluster-wide).</summary>
    public IEnumerable<PolicyRule> RulesOf(UserInfo user, string? namespaceName)
    {
        if (user.Groups.Contains(UserInfo.MastersGroup))
        {
            yield return new PolicyRule(["*"], ["*"], ["*"], [], []);
            yield return new PolicyRule(["*"], [], [], [], ["*"]);
        }

        foreach (var (_, binding) in BindingsOf(user, namespaceName))
        {
            foreach (var rule in index.Value.RulesOf(binding.Role) ?? [])
            {
                yield return rule;
            }
        }
    }

    /// <summary>The rules of a role; null when there is no such role.</summary>
    public IReadOnlyList<PolicyRule>? RulesOf(RoleReference role) => index.Value.RulesOf(role);

    private static bool IsAlwaysAllowed(string path)
    {
        foreach (var open in AlwaysAllowedPaths)
        {
            if (path.StartsWith(open, StringComparison.Ordinal) && (path.Length == open.Length || path[open.Length] == '/'))
            {
                return true;
            }
        }

        return false;
    }

    private IEnumerable<(Subject Subject, RoleBinding Binding)> BindingsOf(UserInfo user, string? namespaceName)
    {
        foreach (var subject in user.Groups.Select(g => new Subject(SubjectKind.Group, g)).Prepend(new Subject(SubjectKind.User, user.Name)))
        {
            foreach (var binding in index.Value.BindingsOf(subject, ""))
            {
                yield return (subject, binding);
            }

            if (string.IsNullOrEmpty(namespaceName))
            {
                continue;
            }

            foreach (var binding in index.Value.BindingsOf(subject, namespaceName))
            {
                yield return (subject, binding);
            }
        }
    }
}
