using AeroGrid.ControllerRuntime.Objects;
using k8s.Models;

namespace AeroGrid.ControllerRuntime.Tests.Objects;

public sealed class OwnerReferencesTests
{
    private static readonly V1Deployment Owner = new() { Metadata = new() { NamespaceProperty = "demo", Name = "web", Uid = "1" } };

    [Fact]
    public void A_reference_names_kind_version_and_uid()
    {
        var reference = new V1Pod { Metadata = new() { NamespaceProperty = "demo", Name = "pod" } }.OwnedBy(Owner).Metadata.OwnerReferences.Single();
        reference.ShouldBe(new V1OwnerReference
        {
            ApiVersion = "apps/v1",
            Kind = "Deployment",
            Name = "web",
            Uid = "1",
            Controller = true,
            BlockOwnerDeletion = true,
        });
    }

    [Fact]
    public void An_object_of_another_controller_is_not_taken_over()
    {
        var pod = new V1Pod { Metadata = new() { Name = "pod" } }.OwnedBy(Owner);
        var other = Owner with { Metadata = Owner.Metadata with { Name = "other", Uid = "2" } };
        Should.Throw<InvalidOperationException>(() => pod.OwnedBy(other)).Message.ShouldContain("Deployment web");
        pod.OwnedBy(Owner).Metadata.OwnerReferences.Count.ShouldBe(1);
    }

    [Fact]
    public void An_owner_is_known_by_its_uid_and_found_by_kind_and_group_in_any_version()
    {
        var pod = new V1Pod { Metadata = new() { NamespaceProperty = "demo", Name = "pod" } }.OwnedBy(Owner);
        OwnerReferences.IsControlledBy(pod, Owner).ShouldBeTrue();
        OwnerReferences.IsControlledBy(pod, Owner with { Metadata = Owner.Metadata with { Uid = "2" } }).ShouldBeFalse();
        OwnerReferences.ControllerKey<V1Deployment>(pod).ShouldBe(new ObjectKey("demo", "web"));
        OwnerReferences.ControllerKey<V1ReplicaSet>(pod).ShouldBeNull();
        pod.Metadata.OwnerReferences[0].ApiVersion = "apps/v1beta9";
        OwnerReferences.ControllerKey<V1Deployment>(pod).ShouldBe(new ObjectKey("demo", "web"));
        pod.Metadata.OwnerReferences[0].ApiVersion = "example.org/v1";
        OwnerReferences.ControllerKey<V1Deployment>(pod).ShouldBeNull();
        pod.Metadata.OwnerReferences[0].Controller = false;
        OwnerReferences.ControllerOf(pod).ShouldBeNull();
    }

    [Fact]
    public void An_owner_that_was_not_read_from_the_server_is_refused() =>
        Should.Throw<ArgumentException>(() => OwnerReferences.ToController(new V1Deployment { Metadata = new() { Name = "new" } }))
            .Message.ShouldContain("uid");
}
