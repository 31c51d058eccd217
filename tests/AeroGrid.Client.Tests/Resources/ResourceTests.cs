using System.Text.Json.Nodes;
using AeroGrid.Client.Errors;
using AeroGrid.Client.Resources;
using AeroGrid.Client.Tokens;

namespace AeroGrid.Client.Tests.Resources;

public sealed class ResourceTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_app_is_created_read_changed_scaled_and_deleted()
    {
        var apps = fixture.Client.Apps;

        var created = await apps.CreateAsync(ApiFixture.NewApp("life"), Token);
        created.Spec.State.ShouldBe(AppState.Running);
        (created.Name, created.Tenant, created.Phase, created.Url, created.Revision, created.IsServing).ShouldBe(("life", "demo", AppPhase.Pending, null, null, false));

        created.Spec.Access = AppAccess.Public;
        var replaced = await apps.ReplaceAsync(created, Token);
        replaced.Spec.Access.ShouldBe(AppAccess.Public);
        await Should.ThrowAsync<ConflictException>(() => apps.ReplaceAsync(created, Token));

        (await apps.PatchAsync("demo", "life", new JsonObject { ["spec"] = new JsonObject { ["state"] = "Stopped" } }, Token)).Spec.State.ShouldBe(AppState.Stopped);
        (await apps.ScaleAsync("demo", "life", 3, Token)).Spec!.Replicas.ShouldBe(3);
        (await apps.GetScaleAsync("demo", "life", Token)).Spec!.Replicas.ShouldBe(3);
        (await apps.GetAsync("demo", "life", Token)).Spec.Replicas.ShouldBe(3);

        (await apps.DeleteAsync("demo", "life", Token)).ShouldBeTrue();
        (await apps.DeleteAsync("demo", "life", Token)).ShouldBeFalse();
        (await apps.FindAsync("demo", "life", Token)).ShouldBeNull();
        await Should.ThrowAsync<NotFoundException>(() => apps.GetAsync("demo", "life", Token));
    }

    [Fact]
    public async Task Apply_creates_and_then_writes_only_what_is_set()
    {
        var applied = await fixture.Client.Apps.ApplyAsync(ApiFixture.NewApp("applied"), new ApplyOptions("tests"), Token);
        applied.Spec.Replicas.ShouldBe(1);
        await fixture.Client.Apps.ScaleAsync("demo", "applied", 2, Token);

        var again = await fixture.Client.Apps.ApplyAsync(ApiFixture.NewApp("applied"), new ApplyOptions("tests"), Token);

        again.Spec.Replicas.ShouldBe(2);
    }

    [Fact]
    public async Task A_status_is_read_with_its_url_revision_and_conditions()
    {
        await fixture.Client.Apps.CreateAsync(ApiFixture.NewApp("status"), Token);

        var app = await fixture.Client.Apps.PatchStatusAsync(
            "demo",
            "status",
            JsonNode.Parse("""
                {"status":{"phase":"Failed","url":"http://localhost:8080/apps/demo/status/","revision":3,"readyReplicas":1,"conditions":[
                 {"type":"Ready","status":"False","reason":"Crashed","message":"line 3","lastTransitionTime":"2026-01-02T03:04:05Z"}]}}
                """)!,
            Token);

        (app.Phase, app.Url, app.Revision, app.IsServing, app.Message).ShouldBe((AppPhase.Failed, new Uri("http://localhost:8080/apps/demo/status/"), 3, true, "line 3"));
        app.Status!.Conditions!.Single().LastTransitionTime.ShouldBe(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    }

    [Fact]
    public async Task Quantities_are_read_as_text_however_they_are_written()
    {
        await fixture.Client.Apps.CreateAsync(ApiFixture.NewApp("quantity"), Token);

        var app = await fixture.Client.Apps.PatchAsync(
            "demo", "quantity", JsonNode.Parse("""{"spec":{"resources":{"limits":{"cpu":2,"memory":"64Mi"}}}}""")!, Token);

        (app.Spec.Resources!.Limits!.Cpu, app.Spec.Resources.Limits.Memory).ShouldBe(("2", "64Mi"));
    }

    [Fact]
    public async Task A_wrong_field_is_named()
    {
        var app = ApiFixture.NewApp("wrong");
        app.Spec.Files[0].Path = "/etc/passwd";

        var exception = await Should.ThrowAsync<InvalidRequestException>(() => fixture.Client.Apps.CreateAsync(app, Token));

        exception.Causes.ShouldContain(c => c.Field == "spec.files[0].path" && c.Message.Contains("absolute"));
    }

    [Fact]
    public async Task Who_may_not_is_told_so_and_who_is_not_known_too()
    {
        using var nobody = fixture.ClientWith("nobody");
        await Should.ThrowAsync<AccessDeniedException>(() => nobody.Apps.ListAsync("demo", cancellationToken: Token));
        using var unknown = fixture.ClientWith("unknown");
        await Should.ThrowAsync<SignInException>(() => unknown.Apps.ListAsync("demo", cancellationToken: Token));
    }

    [Fact]
    public async Task A_refused_token_is_replaced_once()
    {
        var asked = new List<string?>();
        using var tokens = new DelegateTokenProvider((request, _) =>
        {
            asked.Add(request.Rejected);
            return ValueTask.FromResult(new AccessToken(request.Rejected is null ? "old" : fixture.Server.AdminToken));
        });
        using var client = new AeroGridClient(new() { ApiUrl = fixture.Server.Address, Tokens = tokens });

        await client.Apps.CreateAsync(ApiFixture.NewApp("renewed"), Token);
        await client.Apps.GetAsync("demo", "renewed", Token);

        asked.ShouldBe([null, "old"]);
    }

    [Fact]
    public async Task Clusters_have_tenants_and_runtimes()
    {
        await fixture.Client.Tenants.CreateAsync(
            new Tenant
            {
                Metadata = new ObjectMeta { Name = "sales" },
                Spec = new TenantSpec { DisplayName = "Sales", Members = [new TenantMember { User = "ada", Role = TenantRole.Editor }] },
            },
            Token);

        (await fixture.Client.Tenants.ListAsync(cancellationToken: Token)).Items.Single().Spec.Members!.Single().Role.ShouldBe(TenantRole.Editor);
        (await fixture.Client.Runtimes.ListAsync(cancellationToken: Token)).Items.ShouldBeEmpty();
    }

    [Fact]
    public void A_value_of_a_newer_platform_is_unknown_and_an_unknown_field_is_kept()
    {
        var app = System.Text.Json.JsonSerializer.Deserialize<App>("""{"metadata":{"name":"x"},"spec":{"files":[],"color":"red"},"status":{"phase":"Dreaming"}}""")!;

        app.Phase.ShouldBe(AppPhase.Unknown);
        System.Text.Json.JsonSerializer.Serialize(app).ShouldContain("\"color\":\"red\"");
    }
}
