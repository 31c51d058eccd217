using AeroGrid.ControllerRuntime.Client;
using AeroGrid.Operator.Apps.Children;
using AeroGrid.Operator.Reconciling;
using AeroGrid.Operator.Tests.Fixtures;

using k8s.Models;

namespace AeroGrid.Operator.Tests.Reconciling;

/// <summary>Whether there is anything to apply.</summary>
public sealed class IntentTests
{
    [Fact]
    public void What_the_server_adds_is_no_difference()
    {
        var (intent, actual) = Applied();
        actual.Metadata.Uid = "1";
        actual.Spec.ClusterIP = "10.0.0.1";
        actual.Spec.SessionAffinity = "None";

        Intent.IsMetBy(intent, actual).ShouldBeTrue();
    }

    [Fact]
    public void A_member_that_someone_changed_is_a_difference()
    {
        var (intent, actual) = Applied();
        actual.Spec.Ports[0].Port = 81;

        Intent.IsMetBy(intent, actual).ShouldBeFalse();
    }

    [Fact]
    public void An_item_that_someone_added_is_a_difference()
    {
        var (intent, actual) = Applied();
        actual.Spec.Ports.Add(new() { Name = "more", Port = 99 });

        Intent.IsMetBy(intent, actual).ShouldBeFalse();
    }

    [Fact]
    public void A_member_that_is_not_intended_any_more_is_a_difference()
    {
        var (intent, actual) = Applied();
        intent.Metadata.Labels.Remove("app.kubernetes.io/name");
        Intent.Stamp(intent);

        Intent.IsMetBy(intent, actual).ShouldBeFalse();
    }

    [Fact]
    public void An_object_that_was_never_applied_is_a_difference()
    {
        var (intent, actual) = Applied();
        actual.Metadata.Annotations = null;

        Intent.IsMetBy(intent, actual).ShouldBeFalse();
    }

    private static (V1Service Intent, V1Service Actual) Applied()
    {
        var intent = AppService.Create(Some.Run());
        Intent.Stamp(intent);
        return (intent, intent.DeepCopy());
    }
}
