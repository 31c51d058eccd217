namespace AeroGrid.Gateway.Policies;

/// <summary>A compiled rule: one of the sources, one of the operations, and all conditions. Null stands for "not asked".</summary>
internal sealed class AuthorizationRule(
    IReadOnlyList<AuthorizationSource>? sources, IReadOnlyList<AuthorizationOperation>? operations, IReadOnlyList<AuthorizationCondition> conditions)
{
    public bool Matches(in AuthorizationRequest request) => MatchesSource(request) && MatchesOperation(request) && MatchesConditions(request);

    private bool MatchesSource(in AuthorizationRequest request)
    {
        if (sources is null)
            return true;
        foreach (var source in sources)
        {
            if (source.Principals.Holds(request.Identity?.Principal))
                return true;
        }

        return false;
    }

    private bool MatchesOperation(in AuthorizationRequest request)
    {
        if (operations is null)
            return true;
        foreach (var operation in operations)
        {
            if (operation.Hosts.Holds(request.Host)
                && operation.Ports.Holds(request.Port)
                && operation.Methods.Holds(request.Method)
                && operation.Paths.Holds(request.Path))
            {
                return true;
            }
        }

        return false;
    }

    private bool MatchesConditions(in AuthorizationRequest request)
    {
        foreach (var condition in conditions)
        {
            if (!condition.Holds(request))
                return false;
        }

        return true;
    }
}

/// <summary>Who asks. Conditions on the connecting workload are decided when the rule is compiled: it is always this gateway.</summary>
internal sealed record AuthorizationSource(ValueCondition Principals);

/// <summary>What is asked.</summary>
internal sealed record AuthorizationOperation(ValueCondition Hosts, ValueCondition Ports, ValueCondition Methods, ValueCondition Paths);

/// <summary>A condition on an attribute of the request.</summary>
/// <param name="Attribute">Which.</param>
/// <param name="Name">The claim's path or the header's name.</param>
/// <param name="Values">What it must or must not be.</param>
internal sealed record AuthorizationCondition(ConditionAttribute Attribute, string Name, ValueCondition Values)
{
    public bool Holds(in AuthorizationRequest request) => Attribute switch
    {
        ConditionAttribute.Principal => Values.Holds(request.Identity?.Principal),
        ConditionAttribute.Claim => Values.Holds(request.Identity?.Claims.GetValueOrDefault(Name)),
        ConditionAttribute.Header => Values.Holds(request.Headers.TryGetValue(Name, out var value) ? value.ToString() : null),
        _ => Values.Holds(request.Port),
    };
}

/// <summary>The attributes that <c>when</c> can ask for.</summary>
internal enum ConditionAttribute
{
    /// <summary><c>request.auth.principal</c>.</summary>
    Principal,

    /// <summary><c>request.auth.claims[name]</c>; also <c>request.auth.audiences</c> and <c>request.auth.presenter</c>.</summary>
    Claim,

    /// <summary><c>request.headers[name]</c>.</summary>
    Header,

    /// <summary><c>destination.port</c>.</summary>
    Port,
}
