using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Errors;
using AeroGrid.ApiServer.Resources;
using AeroGrid.ApiServer.Rest;
using AeroGrid.ApiServer.Storage;
using Microsoft.Extensions.Hosting;

namespace AeroGrid.ApiServer.Authorization.Bootstrap;

/// <summary>
/// Creates the default roles and bindings at the start, and gives those that exist what they lack, as kube-apiserver does: rules and subjects that
/// people added stay, and an object with the annotation <see cref="DefaultRoles.AutoUpdate"/> <c>false</c> is left alone.
/// </summary>
internal sealed class DefaultRolesStartup(IObjectReader reader, IResourceCatalog catalog, ObjectCreator creator, ObjectUpdater updater) : IHostedService
{
    private const string Manager = "aerogrid-apiserver";

    public Task StartAsync(CancellationToken cancellationToken) => Task.WhenAll(
        DefaultRoles.ClusterRoles.Select(role => EnsureAsync("clusterroles", role, AddRules))
            .Concat(DefaultRoles.ClusterRoleBindings.Select(binding => EnsureAsync("clusterrolebindings", binding, AddSubjects))));

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task EnsureAsync(string plural, JsonObject wanted, Func<JsonObject, JsonObject, bool> complete)
    {
        var storageKey = $"{RbacIndex.Group}/{plural}";
        var name = (string)wanted["metadata"]!["name"]!;
        var definition = catalog.Current.ByStorageKey(storageKey) ?? throw new InvalidOperationException($"The catalog has no {plural}.");
        var request = SystemWrites.Request(definition, new ObjectKey(storageKey, "", name), Manager);
        var live = reader.Get(storageKey, null, name);
        if (live is null)
        {
            await CreateAsync(request, wanted.DeepClone().AsObject());
        }
        else if ((string?)live["metadata"]?["annotations"]?[DefaultRoles.AutoUpdate] != "false" && complete(live, wanted))
        {
            await updater.UpdateAsync(request, obj =>
            {
                complete(obj, wanted);
                return obj;
            });
        }
    }

    private async Task CreateAsync(WriteRequest request, JsonObject obj)
    {
        try
        {
            await creator.CreateAsync(request, obj);
        }
        catch (ApiException e) when (e.Reason == "AlreadyExists")
        {
            // Somebody applied it at the same moment.
        }
    }

    /// <summary>Adds rules that are missing and not covered by others.</summary>
    /// <returns>Whether anything was missing.</returns>
    private static bool AddRules(JsonObject live, JsonObject wanted)
    {
        if (wanted["aggregationRule"] is { } aggregation)
        {
            var differs = !JsonNode.DeepEquals(live["aggregationRule"], aggregation);
            live["aggregationRule"] = aggregation.DeepClone();
            return differs;
        }

        var own = PolicyRule.ParseAll(live);
        var missing = PolicyRule.ParseAll(wanted).Where(rule => !rule.Split().All(part => own.Any(o => o.Covers(part)))).ToList();
        var rules = live["rules"] as JsonArray ?? [];
        foreach (var rule in missing)
        {
            rules.Add(rule.ToJson());
        }

        live["rules"] = rules.Parent is null ? rules : rules.DeepClone();
        return missing.Count > 0;
    }

    private static bool AddSubjects(JsonObject live, JsonObject wanted)
    {
        var subjects = live["subjects"]?.DeepClone() as JsonArray ?? [];
        var missing = wanted["subjects"]!.AsArray().Where(s => !subjects.Any(o => JsonNode.DeepEquals(o, s))).Select(s => s!.DeepClone()).ToList();
        foreach (var subject in missing)
        {
            subjects.Add(subject);
        }

        live["subjects"] = subjects;
        return missing.Count > 0;
    }
}
