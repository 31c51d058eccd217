using System.Collections.Concurrent;
using System.Collections.Immutable;
using AeroGrid.ApiServer.Storage;

namespace AeroGrid.ApiServer.Authorization;

/// <summary>Roles by name and bindings by subject, kept current with the store. Thread-safe.</summary>
internal sealed class RbacIndex : IDisposable
{
    /// <summary>API group of the four kinds.</summary>
    public const string Group = "rbac.authorization.k8s.io";

    private readonly ConcurrentDictionary<(string Namespace, Subject Subject), ImmutableArray<RoleBinding>> _bySubject = new();
    private readonly ConcurrentDictionary<string, IReadOnlyList<PolicyRule>> _aggregated = new();
    private readonly Projection<ClusterRole> _clusterRoles;
    private readonly Projection<ClusterRole> _roles;
    private readonly Projection<RoleBinding> _clusterBindings;
    private readonly Projection<RoleBinding> _bindings;
    private long _clusterRolesVersion;

    public RbacIndex(IObjectReader reader)
    {
        _clusterRoles = new Projection<ClusterRole>(reader, $"{Group}/clusterroles", ClusterRole.Parse, (_, _) => ForgetAggregated());
        _roles = new Projection<ClusterRole>(reader, $"{Group}/roles", ClusterRole.Parse);
        _clusterBindings = new Projection<RoleBinding>(reader, $"{Group}/clusterrolebindings", RoleBinding.Parse, Index);
        _bindings = new Projection<RoleBinding>(reader, $"{Group}/rolebindings", RoleBinding.Parse, Index);
    }

    /// <summary>The bindings of a subject in a namespace; those of ClusterRoleBindings when the namespace is empty.</summary>
    public ImmutableArray<RoleBinding> BindingsOf(Subject subject, string namespaceName) =>
        _bySubject.TryGetValue((namespaceName, subject), out var bindings) ? bindings : [];

    /// <summary>The rules that a role has now; null when there is no such role.</summary>
    public IReadOnlyList<PolicyRule>? RulesOf(RoleReference reference)
    {
        if (reference.Namespace.Length > 0)
        {
            return _roles.Get(reference.Namespace, reference.Name)?.Rules;
        }

        var role = _clusterRoles.Get("", reference.Name);
        if (role?.Aggregates is null)
        {
            return role?.Rules;
        }

        if (_aggregated.TryGetValue(role.Name, out var rules))
        {
            return rules;
        }

        var version = Interlocked.Read(ref _clusterRolesVersion);
        rules = Aggregate(role, []);
        _aggregated[role.Name] = rules;
        if (version != Interlocked.Read(ref _clusterRolesVersion))
        {
            // A role changed while this was computed: good for this request, which ran beside the change, but not for later ones.
            _aggregated.TryRemove(role.Name, out _);
        }

        return rules;
    }

    public void Dispose()
    {
        _clusterRoles.Dispose();
        _roles.Dispose();
        _clusterBindings.Dispose();
        _bindings.Dispose();
    }

    // An aggregated role may select aggregated ones (admin has the rules of edit), even in circles.
    private IReadOnlyList<PolicyRule> Aggregate(ClusterRole role, HashSet<string> seen)
    {
        if (!seen.Add(role.Name))
        {
            return [];
        }

        return role.Aggregates is { } selectors
            ? [.. _clusterRoles.All
                .Where(other => other.Name != role.Name && selectors.Any(s => s.Matches(other.Labels)))
                .OrderBy(other => other.Name, StringComparer.Ordinal)
                .SelectMany(other => Aggregate(other, seen))]
            : role.Rules;
    }

    private void ForgetAggregated()
    {
        Interlocked.Increment(ref _clusterRolesVersion);
        _aggregated.Clear();
    }

    private void Index(RoleBinding? old, RoleBinding? current)
    {
        foreach (var subject in old?.Subjects ?? [])
        {
            var key = (old!.Namespace, subject);
            var rest = _bySubject.TryGetValue(key, out var bindings) ? bindings.RemoveAll(b => b.Name == old.Name) : [];
            if (rest.IsEmpty)
            {
                _bySubject.TryRemove(key, out _);
            }
            else
            {
                _bySubject[key] = rest;
            }
        }

        foreach (var subject in current?.Subjects ?? [])
        {
            var key = (current!.Namespace, subject);
            _bySubject[key] = (_bySubject.TryGetValue(key, out var bindings) ? bindings : []).Add(current);
        }
    }
}
