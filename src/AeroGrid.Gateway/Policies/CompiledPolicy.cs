using k8s.Models;

using AeroGrid.Gateway.Resources;

namespace AeroGrid.Gateway.Policies;

/// <summary>An AuthorizationPolicy ready to be asked.</summary>
/// <param name="Source">The object.</param>
/// <param name="Action">What a match means.</param>
/// <param name="Rules">Rules, any of which is a match.</param>
internal sealed record CompiledPolicy(AuthorizationPolicy Source, PolicyAction Action, IReadOnlyList<AuthorizationRule> Rules)
{
    public string Name { get; } = $"{Source.Namespace()}/{Source.Name()}";

    public bool Matches(in AuthorizationRequest request)
    {
        foreach (var rule in Rules)
        {
            if (rule.Matches(request))
                return true;
        }

        return false;
    }
}

/// <summary>What a policy's match means.</summary>
internal enum PolicyAction
{
    /// <summary>Let the request pass, unless something denies it.</summary>
    Allow,

    /// <summary>Refuse the request.</summary>
    Deny,

    /// <summary>Nothing here: AUDIT only marks requests for logs.</summary>
    None,
}
