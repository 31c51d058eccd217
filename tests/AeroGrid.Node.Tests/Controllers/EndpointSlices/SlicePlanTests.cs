using k8s.Models;
using AeroGrid.Node.Controllers.EndpointSlices;

namespace AeroGrid.Node.Tests.Controllers.EndpointSlices;

public sealed class SlicePlanTests
{
    [Fact]
    public void Pods_with_the_same_ports_share_a_slice()
    {
        var slice = SlicePlan.For(Service(), [Objects.Pod("b", ip: "10.0.0.2"), Objects.Pod("a", ip: "10.0.0.1")]).ShouldHaveSingleItem();
        slice.AddressType.ShouldBe("IPv4");
        slice.Ports.Select(port => (port.Name, port.Port, port.Protocol)).ShouldBe([("http", 8080, "TCP")]);
        slice.Endpoints.Select(endpoint => endpoint.TargetRef.Name).ShouldBe(["a", "b"]);
        slice.Metadata.Labels["kubernetes.io/service-name"].ShouldBe("web");
        slice.Metadata.OwnerReferences.ShouldHaveSingleItem().Name.ShouldBe("web");
    }

    [Fact]
    public void Pods_with_ports_of_their_own_have_slices_of_their_own_whose_names_stay()
    {
        V1Pod a = OnPort("a", 41001), b = OnPort("b", 41002);
        var slices = SlicePlan.For(Service(), [a, b]);
        slices.Select(slice => (slice.Ports.Single().Port, slice.Endpoints.Single().TargetRef.Name)).ShouldBe([(41001, "a"), (41002, "b")]);
        SlicePlan.For(Service(), [b]).Single().Metadata.Name.ShouldBe(slices[1].Metadata.Name);
    }

    [Fact]
    public void A_target_port_given_by_number_leads_to_the_real_port_too()
    {
        var service = Service();
        service.Spec.Ports = [new() { Port = 80, TargetPort = (IntOrString)"8080" }];
        SlicePlan.For(service, [OnPort("a", 41001)]).Single().Ports.Single().Port.ShouldBe(41001);
    }

    [Fact]
    public void A_number_that_a_pod_of_this_machine_does_not_declare_leads_nowhere()
    {
        var service = Service();
        service.Spec.Ports = [new() { Port = 9000 }];

        // It would be a port of some other program.
        SlicePlan.For(service, [OnPort("a", 41001)]).ShouldBeEmpty();
        SlicePlan.For(service, [Objects.Pod("a")]).Single().Ports.Single().Port.ShouldBe(9000);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("{\"http\":\"x\"}")]
    [InlineData("{\"grpc\":5}")]
    public void A_pod_whose_port_is_not_known_is_not_guessed_at(string annotation) =>
        SlicePlan.For(Service(), [Objects.Pod("a", annotations: (PodPorts.Annotation, annotation))]).ShouldBeEmpty();

    [Fact]
    public void Readiness_and_termination_are_told_apart()
    {
        var endpoints = SlicePlan.For(Service(), [Objects.Pod("a"), Objects.Pod("b", ready: false), Objects.Pod("c", deleting: true)])
            .Single().Endpoints.Select(endpoint => (endpoint.Conditions.Ready, endpoint.Conditions.Serving, endpoint.Conditions.Terminating));
        endpoints.ShouldBe([(true, true, false), (false, false, false), (false, true, true)]);
    }

    [Fact]
    public void A_service_may_publish_addresses_that_are_not_ready()
    {
        var service = Service();
        service.Spec.PublishNotReadyAddresses = true;
        SlicePlan.For(service, [Objects.Pod("a", ready: false)]).Single().Endpoints.Single().Conditions.Ready.ShouldBe(true);
    }

    [Fact]
    public void Pods_without_an_address_or_that_ended_are_left_out() =>
        SlicePlan.For(Service(), [Objects.Pod("a", ip: null), Objects.Pod("b", phase: "Failed"), Objects.Pod("c", phase: "Succeeded")]).ShouldBeEmpty();

    [Fact]
    public void A_slice_has_at_most_a_hundred_endpoints()
    {
        var slices = SlicePlan.For(Service(), Enumerable.Range(0, 250).Select(number => Objects.Pod($"pod-{number:000}")));
        slices.Select(slice => slice.Endpoints.Count).ShouldBe([100, 100, 50]);
        slices.Select(slice => slice.Metadata.Name).Distinct().Count().ShouldBe(3);
    }

    [Fact]
    public void The_same_slice_read_back_needs_no_write()
    {
        var slice = SlicePlan.For(Service(), [Objects.Pod("a"), Objects.Pod("b")]).Single();
        SliceComparison.Same(slice, SlicePlan.For(Service(), [Objects.Pod("b"), Objects.Pod("a")]).Single()).ShouldBeTrue();
        SliceComparison.Same(slice, SlicePlan.For(Service(), [Objects.Pod("a"), Objects.Pod("b", ready: false)]).Single()).ShouldBeFalse();
    }

    private static V1Pod OnPort(string name, int port) => Objects.Pod(name, annotations: (PodPorts.Annotation, $"{{\"http\":{port}}}"));

    private static V1Service Service() => new()
    {
        Metadata = Objects.Meta("web"),
        Spec = new()
        {
            Selector = Objects.Labels(("app", "web")),
            Ports = [new() { Name = "http", Port = 80, TargetPort = (IntOrString)"http" }],
        },
    };
}
