using k8s.Models;

using AeroGrid.Gateway.Auth;
using AeroGrid.Gateway.Resources;

namespace AeroGrid.Gateway.Policies;

/// <summary>All policies at one moment. Immutable.</summary>
internal sealed class PolicySnapshot
{
    private readonly ILookup<string, CompiledAuthentication> authentications;
    private readonly ILookup<string, CompiledPolicy> policies;
    private readonly string rootNamespace;
    private readonly bool requirePolicy;

    public PolicySnapshot(
        IEnumerable<CompiledAuthentication> authentications, IEnumerable<CompiledPolicy> policies, string rootNamespace, bool requirePolicy)
    {
        this.authentications = authentications.ToLookup(item => item.Source.Namespace(), StringComparer.Ordinal);
        this.policies = policies.ToLookup(item => item.Source.Namespace(), StringComparer.Ordinal);
        (this.rootNamespace, this.requirePolicy) = (rootNamespace, requirePolicy);
    }

    /// <summary>What holds for the pods that a Service of a namespace selects by these labels.</summary>
    public WorkloadPolicy For(string namespaceName, IReadOnlyDictionary<string, string> labels)
    {
        string[] namespaces = namespaceName == rootNamespace ? [namespaceName] : [rootNamespace, namespaceName];
        List<JwtRule> rules = [];
        List<CompiledPolicy> deny = [], allow = [];
        var restricted = requirePolicy;
        foreach (var name in namespaces)
        {
            foreach (var authentication in authentications[name])
            {
                if (Selector.Select(authentication.Source.Spec.Selector?.MatchLabels, labels) != Selection.No)
                    rules.AddRange(authentication.Rules);
            }

            foreach (var policy in policies[name])
            {
                var selection = Selector.Select(policy.Source.Spec?.Selector?.MatchLabels, labels);
                if (selection == Selection.No)
                    continue;
                if (policy.Action == PolicyAction.Deny)
                {
                    deny.Add(policy);
                }
                else if (policy.Action == PolicyAction.Allow)
                {
                    restricted = true;
                    if (selection == Selection.Yes)
                        allow.Add(policy);
                }
            }
        }

        return new(new RequestAuthenticator([.. rules.Distinct()]), deny, allow, restricted);
    }
}

/// <summary>A RequestAuthentication with its rules.</summary>
/// <param name="Source">The object.</param>
/// <param name="Rules">Its issuers.</param>
internal sealed record CompiledAuthentication(RequestAuthentication Source, IReadOnlyList<JwtRule> Rules);
