using AeroGrid.Operator.Tenants.Children;
using AeroGrid.Operator.Tests.Fixtures;

using k8s.Models;

namespace AeroGrid.Operator.Tests.Tenants;

/// <summary>What the operator writes for a tenant, object by object.</summary>
public sealed class TenantChildrenTests
{
    private const string Folder = "Tenants/golden";

    [Fact]
    public void Namespace() => GoldenJson.Matches(TenantNamespace.Create(Some.TenantRun()), $"{Folder}/namespace");

    [Fact]
    public void Quota()
    {
        var tenant = Some.Tenant();
        tenant.Spec.Quota = new() { Apps = 20, Cpu = new("4"), Memory = new("8Gi"), Pods = 50 };

        GoldenJson.Matches(TenantQuotas.Create(Some.TenantRun(tenant))!, $"{Folder}/resourcequota");
    }

    [Fact]
    public void A_tenant_without_a_quota_has_no_ResourceQuota() => TenantQuotas.Create(Some.TenantRun()).ShouldBeNull();

    [Fact]
    public void Limits() => GoldenJson.Matches(TenantQuotas.Limits(Some.TenantRun()), $"{Folder}/limitrange");

    [Fact]
    public void Network_denied_by_default() => GoldenJson.Matches(TenantNetwork.DenyByDefault(Some.TenantRun()), $"{Folder}/networkpolicy-deny");

    [Fact]
    public void Network_from_the_gateway() =>
        GoldenJson.Matches(TenantNetwork.FromGateway(Some.TenantRun(), Some.Options.Gateway), $"{Folder}/networkpolicy-gateway");

    [Fact]
    public void Network_to_the_world() => GoldenJson.Matches(TenantNetwork.Egress(Some.TenantRun()), $"{Folder}/networkpolicy-egress");

    [Fact]
    public void Mutual_tls() => GoldenJson.Matches(TenantNetwork.StrictMutualTls(Some.TenantRun()), $"{Folder}/peerauthentication");

    [Fact]
    public void Tokens() => GoldenJson.Matches(TenantAccess.Tokens(Some.TenantRun(), Some.Options), $"{Folder}/requestauthentication");

    [Fact]
    public void Access_denied_by_default() => GoldenJson.Matches(TenantAccess.DenyByDefault(Some.TenantRun()), $"{Folder}/authorizationpolicy-deny");

    [Fact]
    public void Access_of_members() => GoldenJson.Matches(TenantAccess.Members(Some.TenantRun(), Some.Options), $"{Folder}/authorizationpolicy-tenant");

    [Fact]
    public void Rights_of_members()
    {
        var tenant = Some.Tenant();
        tenant.Spec.Members = [new() { User = "demo", Role = AeroGrid.Api.Tenants.TenantRole.Admin }, new() { Group = "traders", Role = AeroGrid.Api.Tenants.TenantRole.Editor }];

        foreach (var binding in TenantRoleBindings.Create(Some.TenantRun(tenant)))
            GoldenJson.Matches(binding, $"{Folder}/rolebinding-{binding.Metadata.Name}");
    }

    [Fact]
    public void Variables_come_from_values_and_from_secrets_of_the_platform()
    {
        var tenant = Some.Tenant();
        tenant.Spec.Env =
        [
            new() { Name = "REGION", Value = "eu" },
            new() { Name = "BROKER", ValueFrom = new() { SecretKeyRef = new() { Name = "broker", Key = "address" } } },
        ];
        var broker = new V1Secret { Data = new Dictionary<string, byte[]> { ["address"] = "localhost:9092"u8.ToArray() } };

        GoldenJson.Matches(TenantEnvironment.Create(Some.TenantRun(tenant), new Dictionary<string, V1Secret> { ["broker"] = broker }), $"{Folder}/secret-env");
    }

    [Fact]
    public void A_missing_secret_is_named()
    {
        var tenant = Some.Tenant();
        tenant.Spec.Env = [new() { Name = "BROKER", ValueFrom = new() { SecretKeyRef = new() { Name = "broker", Key = "address" } } }];

        Should.Throw<KeyNotFoundException>(() => TenantEnvironment.Create(Some.TenantRun(tenant), new Dictionary<string, V1Secret>()))
            .Message.ShouldContain("aerogrid-system/broker");
    }
}
