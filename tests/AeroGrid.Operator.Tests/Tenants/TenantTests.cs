using AeroGrid.Api.Apps;
using AeroGrid.Api.Tenants;
using AeroGrid.Operator.Istio;
using AeroGrid.Operator.Tests.Fixtures;
using AeroGrid.TestKit;

using k8s.Models;

namespace AeroGrid.Operator.Tests.Tenants;

/// <summary>Tenants on a real API server.</summary>
[Collection("platform")]
public sealed class TenantTests(PlatformFixture platform)
{
    [Fact]
    public async Task A_tenant_has_a_namespace_with_all_that_guards_it()
    {
        await platform.TenantAsync("guarded", new()
        {
            Members = [new() { User = "ada", Role = TenantRole.Admin }],
            Quota = new() { Apps = 3 },
            Env = [new() { Name = "REGION", Value = "eu" }],
        });

        (await platform.Client.GetAsync<V1Namespace>(null, "guarded"))!.Metadata.Labels["istio-injection"].ShouldBe("enabled");
        (await platform.Client.GetAsync<V1ResourceQuota>("guarded", "aerogrid"))!.Spec.Hard["count/apps.aerogrid.io"].ToString().ShouldBe("3");
        (await platform.Client.GetAsync<V1LimitRange>("guarded", "aerogrid")).ShouldNotBeNull();
        (await platform.Client.GetAsync<V1NetworkPolicy>("guarded", "aerogrid-default-deny")).ShouldNotBeNull();
        (await platform.Client.GetAsync<PeerAuthentication>("guarded", "aerogrid"))!.Spec!.Mtls!.Mode.ShouldBe("STRICT");
        (await platform.Client.GetAsync<RequestAuthentication>("guarded", "aerogrid"))!.Spec!.JwtRules!.ShouldHaveSingleItem().Audiences.ShouldBe(["aerogrid-apps"]);
        (await platform.Client.GetAsync<AuthorizationPolicy>("guarded", "aerogrid-tenant"))!.Spec!.Rules![0].When![0].Values.ShouldBe(["guarded"]);
        (await platform.Client.GetAsync<V1RoleBinding>("guarded", "aerogrid-tenant-admin"))!.Subjects.ShouldHaveSingleItem().Name.ShouldBe("ada");
        (await platform.Client.GetAsync<V1Secret>("guarded", "aerogrid-env"))!.Data["REGION"].ShouldBe("eu"u8.ToArray());
    }

    [Fact]
    public async Task Variables_of_the_tenant_reach_its_apps_and_a_change_restarts_them()
    {
        await platform.TenantAsync("vars", new() { Env = [new() { Name = "REGION", Value = "eu" }] });
        await platform.SaveAsync("reader", "print('reader')", tenant: "vars");
        await platform.AppAsync("reader", AppPhase.Running, tenant: "vars");
        var before = await platform.Client.GetAsync<V1Deployment>("vars", "reader");
        before!.Spec.Template.Spec.Containers[0].EnvFrom.ShouldHaveSingleItem().SecretRef.Name.ShouldBe("aerogrid-env");

        await platform.TenantAsync("vars", new() { Env = [new() { Name = "REGION", Value = "us" }] });

        await Eventually.Async(async () =>
        {
            var after = await platform.Client.GetAsync<V1Deployment>("vars", "reader");
            after!.Spec.Template.Metadata.Annotations.ShouldNotBe(before.Spec.Template.Metadata.Annotations);
        });
    }

    [Fact]
    public async Task A_deleted_tenant_takes_its_namespace_and_apps_with_it()
    {
        await platform.TenantAsync("leaves");
        await platform.SaveAsync("inside", "print('inside')", tenant: "leaves");
        await platform.AppAsync("inside", AppPhase.Running, tenant: "leaves");

        await platform.Client.DeleteAsync<Tenant>(new(null, "leaves"));

        await Eventually.Async(async () =>
        {
            (await platform.Client.GetAsync<Tenant>(null, "leaves")).ShouldBeNull();
            (await platform.Client.GetAsync<V1Namespace>(null, "leaves")).ShouldBeNull();
        });
    }

    [Fact]
    public async Task A_namespace_that_is_there_already_is_left_alone()
    {
        await platform.Client.CreateAsync(new V1Namespace { Metadata = new() { Name = "foreign" } });

        await platform.Client.ApplyAsync(new Tenant { Metadata = new() { Name = "foreign" }, Spec = new() }, "tests");

        await Eventually.Async(async () =>
        {
            var tenant = await platform.Client.GetAsync<Tenant>(null, "foreign");
            tenant!.Status!.Conditions!.ShouldHaveSingleItem().Reason.ShouldBe("NameTaken");
        });
        await platform.Client.DeleteAsync<Tenant>(new(null, "foreign"));
        await Eventually.Async(async () => (await platform.Client.GetAsync<Tenant>(null, "foreign")).ShouldBeNull());
        (await platform.Client.GetAsync<V1Namespace>(null, "foreign"))!.Metadata.DeletionTimestamp.ShouldBeNull();
    }

    [Fact]
    public async Task A_secret_of_the_platform_that_is_missing_is_named()
    {
        await platform.Client.ApplyAsync(
            new Tenant
            {
                Metadata = new() { Name = "lacking" },
                Spec = new() { Env = [new() { Name = "BROKER", ValueFrom = new() { SecretKeyRef = new() { Name = "nowhere", Key = "address" } } }] },
            },
            "tests");

        await Eventually.Async(async () =>
        {
            var tenant = await platform.Client.GetAsync<Tenant>(null, "lacking");
            tenant!.Status!.Conditions!.ShouldHaveSingleItem().Message.ShouldContain("aerogrid-system/nowhere");
        });
    }
}
