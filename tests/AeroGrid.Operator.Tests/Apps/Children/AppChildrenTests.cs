using AeroGrid.Api.Apps;
using AeroGrid.Operator.Apps.Children;
using AeroGrid.Operator.Tests.Fixtures;

using k8s.Models;

namespace AeroGrid.Operator.Tests.Apps.Children;

/// <summary>What the operator writes for an app, object by object.</summary>
public sealed class AppChildrenTests
{
    private const string Folder = "Apps/Children/golden";

    [Fact]
    public void Deployment_of_an_app_that_says_nothing() => GoldenJson.Matches(AppDeployment.Create(Some.Run()), $"{Folder}/deployment");

    [Fact]
    public void Deployment_of_an_app_that_says_everything()
    {
        var app = Some.App();
        app.Spec.Replicas = 3;
        app.Spec.Env =
        [
            new() { Name = "REGION", Value = "eu" },
            new() { Name = "KEY", ValueFrom = new() { SecretKeyRef = new() { Name = "s", Key = "k" } } },
        ];
        app.Spec.Resources = new()
        {
            Requests = new() { Cpu = new("2"), Memory = new("512Mi") },
            Limits = new() { Cpu = new("4") },
        };
        var tenant = Some.Tenant();
        tenant.Spec.Env = [new() { Name = "BROKER", Value = "localhost:9092" }];

        GoldenJson.Matches(AppDeployment.Create(Some.Run(app, Some.Runtime(grpc: false), tenant)), $"{Folder}/deployment-full");
    }

    [Fact]
    public void Service_of_a_runtime_with_grpc() => GoldenJson.Matches(AppService.Create(Some.Run()), $"{Folder}/service");

    [Fact]
    public void Route_of_a_runtime_with_grpc() =>
        GoldenJson.Matches(AppRoute.Create(Some.Run(), Some.Options.Gateway), $"{Folder}/virtualservice");

    [Fact]
    public void Route_of_a_runtime_without_grpc() =>
        GoldenJson.Matches(AppRoute.Create(Some.Run(runtime: Some.Runtime(grpc: false)), Some.Options.Gateway), $"{Folder}/virtualservice-http");

    [Fact]
    public void Policy_of_a_public_app() => GoldenJson.Matches(PublicAccess.Create(Some.Run()), $"{Folder}/authorizationpolicy-public");

    [Fact]
    public void Source_with_folders() => GoldenJson.Matches(
        SourceConfigMap.Create(Some.Run(Some.App("orders", ("lib/prices.py", "PRICE = 1\n"), ("app.py", "import lib.prices\n")))),
        $"{Folder}/configmap");

    [Fact]
    public void Image_of_a_version() => GoldenJson.Matches(AppImage.Create(Some.Run()), $"{Folder}/image");

    [Fact]
    public void Revision_of_a_version() => GoldenJson.Matches(AppRevisions.Create(Some.Run(), 3), $"{Folder}/controllerrevision");

    [Fact]
    public void A_stopped_app_wants_no_pods()
    {
        var app = Some.App();
        (app.Spec.Replicas, app.Spec.State) = (5, AppState.Stopped);

        AppDeployment.Create(Some.Run(app)).Spec.Replicas.ShouldBe(0);
    }

    [Fact]
    public void A_default_request_is_never_above_a_limit_that_a_person_set()
    {
        var app = Some.App();
        app.Spec.Resources = new() { Limits = new() { Memory = new("32Mi"), Cpu = new("10m") } };

        var resources = AppDeployment.Create(Some.Run(app)).Spec.Template.Spec.Containers[0].Resources;

        resources.Requests["memory"].ShouldBe(new ResourceQuantity("32Mi"));
        resources.Requests["cpu"].ShouldBe(new ResourceQuantity("10m"));
    }

    [Fact]
    public void Pods_of_different_templates_have_different_labels()
    {
        var app = Some.App();
        app.Spec.Env = [new() { Name = "REGION", Value = "eu" }];

        AppDeployment.TemplateOf(AppDeployment.Create(Some.Run(app))).ShouldNotBe(AppDeployment.TemplateOf(AppDeployment.Create(Some.Run())));
    }

    [Fact]
    public void The_number_of_pods_is_not_part_of_the_template()
    {
        var app = Some.App();
        app.Spec.Replicas = 4;

        AppDeployment.TemplateOf(AppDeployment.Create(Some.Run(app))).ShouldBe(AppDeployment.TemplateOf(AppDeployment.Create(Some.Run())));
    }
}
