using AeroGrid.Gateway.Resources;

namespace AeroGrid.Gateway.Policies;

/// <summary>
/// Turns AuthorizationPolicies into rules. A field that is not supported never widens access: it makes its rule of an ALLOW policy match
/// nothing, and a rule of a DENY policy match as if the field were not there (what Istio does with fields that do not fit a protocol).
/// </summary>
internal sealed class PolicyCompiler(string gatewayPrincipal, string gatewayNamespace)
{
    public CompiledPolicy Compile(AuthorizationPolicy policy, UnsupportedFields unsupported)
    {
        var spec = policy.Spec ?? new AuthorizationPolicySpec();
        var action = Action(spec.Action, unsupported);
        unsupported.Add("spec", spec.Unknown);

        // targetRefs or other ways of selecting: nobody knows which workloads are meant, so an ALLOW must admit to none of them.
        if (spec.Unknown is { Count: > 0 } && action == PolicyAction.Allow)
            return new(policy, action, []);
        var rules = new List<AuthorizationRule>();
        for (var i = 0; i < (spec.Rules?.Count ?? 0); i++)
        {
            if (Rule(spec.Rules![i], action, $"spec.rules[{i}]", unsupported) is { } rule)
                rules.Add(rule);
        }

        return new(policy, action, rules);
    }

    private static PolicyAction Action(string? action, UnsupportedFields unsupported)
    {
        switch (action)
        {
            case null or "" or "ALLOW":
                return PolicyAction.Allow;
            case "DENY":
                return PolicyAction.Deny;
            case "AUDIT":
                return PolicyAction.None;
            default:
                // CUSTOM asks somebody else, who is not asked here: refuse what it would have been asked about.
                unsupported.Add("spec.action", action);
                return PolicyAction.Deny;
        }
    }

    /// <returns>Null when the rule can never match.</returns>
    private AuthorizationRule? Rule(AuthorizationRuleSpec spec, PolicyAction action, string path, UnsupportedFields unsupported)
    {
        if (Ignores(path, spec.Unknown, action, unsupported))
            return null;
        List<AuthorizationSource>? sources = null;
        if (spec.From is { } from)
        {
            sources = [];
            for (var i = 0; i < from.Count; i++)
            {
                if (Source(from[i].Source ?? new(), action, $"{path}.from[{i}].source", unsupported) is { } source)
                    sources.Add(source);
            }
        }

        List<AuthorizationOperation>? operations = null;
        if (spec.To is { } to)
        {
            operations = [];
            for (var i = 0; i < to.Count; i++)
            {
                if (Operation(to[i].Operation ?? new(), action, $"{path}.to[{i}].operation", unsupported) is { } operation)
                    operations.Add(operation);
            }
        }

        var conditions = new List<AuthorizationCondition>();
        for (var i = 0; i < (spec.When?.Count ?? 0); i++)
        {
            var condition = Condition(spec.When![i], $"{path}.when[{i}]", unsupported);
            if (condition is not null)
                conditions.Add(condition);
            else if (action == PolicyAction.Allow)
                return null;
        }

        return new(sources, operations, conditions);
    }

    private AuthorizationSource? Source(RuleSource spec, PolicyAction action, string path, UnsupportedFields unsupported)
    {
        if (Ignores(path, spec.Unknown, action, unsupported))
            return null;
        var workload = new ValueCondition(ValueMatch.ParseAll(spec.Principals), ValueMatch.ParseAll(spec.NotPrincipals));
        var namespaces = new ValueCondition(ValueMatch.ParseAll(spec.Namespaces), ValueMatch.ParseAll(spec.NotNamespaces));
        return workload.Holds(gatewayPrincipal) && namespaces.Holds(gatewayNamespace)
            ? new(new ValueCondition(ValueMatch.ParseAll(spec.RequestPrincipals), ValueMatch.ParseAll(spec.NotRequestPrincipals)))
            : null;
    }

    private static AuthorizationOperation? Operation(RuleOperation spec, PolicyAction action, string path, UnsupportedFields unsupported)
    {
        if (Ignores(path, spec.Unknown, action, unsupported))
            return null;

        // URI templates ({*}, {**}) are a language of their own.
        if ((spec.Paths ?? []).Concat(spec.NotPaths ?? []).Any(value => value.Contains('{')))
        {
            unsupported.Add($"{path}.paths", "URI templates");
            if (action == PolicyAction.Allow)
                return null;
            spec = spec with { Paths = null, NotPaths = null };
        }

        const StringComparison IgnoreCase = StringComparison.OrdinalIgnoreCase;
        return new(
            new(ValueMatch.ParseAll(spec.Hosts, IgnoreCase), ValueMatch.ParseAll(spec.NotHosts, IgnoreCase)),
            new(ValueMatch.ParseAll(spec.Ports), ValueMatch.ParseAll(spec.NotPorts)),
            new(ValueMatch.ParseAll(spec.Methods), ValueMatch.ParseAll(spec.NotMethods)),
            new(ValueMatch.ParseAll(spec.Paths), ValueMatch.ParseAll(spec.NotPaths)));
    }

    private static AuthorizationCondition? Condition(RuleCondition spec, string path, UnsupportedFields unsupported)
    {
        const string Claims = "request.auth.claims[", Headers = "request.headers[";
        var values = new ValueCondition(ValueMatch.ParseAll(spec.Values), ValueMatch.ParseAll(spec.NotValues));
        unsupported.Add(path, spec.Unknown);
        switch (spec.Key)
        {
            case "request.auth.principal":
                return new(ConditionAttribute.Principal, "", values);
            case "request.auth.audiences":
                return new(ConditionAttribute.Claim, "[aud]", values);
            case "request.auth.presenter":
                return new(ConditionAttribute.Claim, "[azp]", values);
            case "destination.port":
                return new(ConditionAttribute.Port, "", values);
            case { } key when key.StartsWith(Claims, StringComparison.Ordinal) && key.EndsWith(']'):
                return new(ConditionAttribute.Claim, key[(Claims.Length - 1)..], values);
            case { } key when key.StartsWith(Headers, StringComparison.Ordinal) && key.EndsWith(']'):
                return new(ConditionAttribute.Header, key[Headers.Length..^1], values);
            default:
                unsupported.Add($"{path}.key", spec.Key ?? "");
                return null;
        }
    }

    private static bool Ignores(
        string path, Dictionary<string, System.Text.Json.JsonElement>? unknown, PolicyAction action, UnsupportedFields unsupported)
    {
        unsupported.Add(path, unknown);
        return unknown is { Count: > 0 } && action == PolicyAction.Allow;
    }
}
