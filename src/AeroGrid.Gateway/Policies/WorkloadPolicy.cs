using AeroGrid.Gateway.Auth;

namespace AeroGrid.Gateway.Policies;

/// <summary>
/// Everything that holds for one workload. Order of evaluation (Istio, AuthorizationPolicy): a matching DENY refuses; with no ALLOW policy
/// the request passes (unless the gateway requires one); otherwise one ALLOW must match. Immutable.
/// </summary>
/// <param name="Authenticator">Who may issue tokens.</param>
/// <param name="Deny">DENY policies.</param>
/// <param name="Allow">ALLOW policies that certainly select the workload.</param>
/// <param name="IsRestricted">Whether a request needs an ALLOW: there is an ALLOW policy, perhaps one that only might select the workload.</param>
internal sealed record WorkloadPolicy(
    RequestAuthenticator Authenticator, IReadOnlyList<CompiledPolicy> Deny, IReadOnlyList<CompiledPolicy> Allow, bool IsRestricted)
{
    public bool Allows(in AuthorizationRequest request)
    {
        foreach (var policy in Deny)
        {
            if (policy.Matches(request))
                return false;
        }

        if (!IsRestricted)
            return true;
        foreach (var policy in Allow)
        {
            if (policy.Matches(request))
                return true;
        }

        return false;
    }
}
