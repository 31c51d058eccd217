using AeroGrid.Api;
using AeroGrid.Api.Tenants;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.ControllerRuntime.Objects;

namespace AeroGrid.Cli.Up;

/// <summary>The tenant of the first start, with the user demo as its admin, so that a newcomer can deploy at once.</summary>
internal static class DemoTenant
{
    private static readonly Manifest Tenant = new(
        "tenant demo",
        """
        apiVersion: aerogrid.io/v1alpha1
        kind: Tenant
        metadata:
          name: demo
        spec:
          displayName: Demo
          members:
          - user: demo
            role: admin

        """);

    /// <summary>Creates it and waits until apps can be deployed into it.</summary>
    public static async Task CreateAsync(ManifestApplier manifests, ResourceClient client, CancellationToken cancellationToken)
    {
        await manifests.ApplyAsync(Tenant, cancellationToken);
        while (true)
        {
            await foreach (var change in client.WatchAsync<Tenant>(new WatchRequest { FieldSelector = "metadata.name=demo" }, cancellationToken))
            {
                if (Conditions.IsTrue(change.Resource?.Status?.Conditions, ConditionTypes.Ready))
                {
                    return;
                }
            }
        }
    }
}
