using AeroGrid.TestKit;
using k8s.Models;

namespace AeroGrid.Node.Tests.Controllers.EndpointSlices;

public sealed class EndpointSliceTests(WorkloadFixture fixture) : IClassFixture<WorkloadFixture>
{
    [Fact]
    public async Task Every_ready_pod_is_in_a_slice_with_its_own_port()
    {
        var space = await fixture.NamespaceAsync();
        await ServeAsync(space);
        await fixture.DeployAsync(space, "web", 3, "ready:1");
        await Eventually.Async(async () =>
        {
            var slices = await SlicesAsync(space);
            slices.Count.ShouldBe(3);
            slices.ShouldAllBe(slice => slice.Endpoints.Single().Conditions.Ready == true);
            var real = (await fixture.PodsAsync(space)).ToDictionary(
                pod => pod.Metadata.Name, pod => $"{{\"http\":{slices.Single(slice => slice.Endpoints[0].TargetRef.Name == pod.Metadata.Name).Ports[0].Port}}}");
            (await fixture.PodsAsync(space)).ShouldAllBe(pod => pod.Metadata.Annotations["node.aerogrid.io/ports"] == real[pod.Metadata.Name]);
        });
        (await fixture.KubectlAsync(space, "get", "endpointslices", "-l", "kubernetes.io/service-name=web", "--no-headers"))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(3);
    }

    [Fact]
    public async Task A_pod_that_is_ending_is_told_as_terminating_until_it_is_gone()
    {
        var space = await fixture.NamespaceAsync();
        await ServeAsync(space);
        await fixture.DeployAsync(space, "web", 1, "ready:1");
        var pod = await Eventually.Async(async () => (await SlicesAsync(space)).ShouldHaveSingleItem().Endpoints.Single().TargetRef.Name);
        await Eventually.Async(async () => (await SlicesAsync(space)).Single().Endpoints.Single().Conditions.Ready.ShouldBe(true));
        fixture.Kubelet.HoldBack(pod);
        await fixture.KubectlAsync(space, "delete", "pod", pod, "--wait=false");
        await Eventually.Async(async () =>
        {
            var conditions = (await SlicesAsync(space)).SelectMany(slice => slice.Endpoints).Single(endpoint => endpoint.TargetRef.Name == pod).Conditions;
            (conditions.Ready, conditions.Serving, conditions.Terminating).ShouldBe((false, true, true));
        });
        fixture.Kubelet.LetGo(pod);
        await Eventually.Async(async () =>
            (await SlicesAsync(space)).SelectMany(slice => slice.Endpoints).ShouldNotContain(endpoint => endpoint.TargetRef.Name == pod));
    }

    [Fact]
    public async Task Changed_labels_move_a_pod_from_one_Service_to_the_other()
    {
        var space = await fixture.NamespaceAsync();
        await ServeAsync(space, "blue");
        await ServeAsync(space, "green");
        await fixture.Client.CreateAsync(new V1Pod
        {
            Metadata = new() { NamespaceProperty = space, Name = "pod", Labels = new Dictionary<string, string> { ["app"] = "blue" } },
            Spec = new() { Containers = [new() { Name = "main", Image = "ready:1", Ports = [new() { Name = "http", ContainerPort = 8080 }] }] },
        });
        await ServedByAsync(space, "blue");
        await fixture.KubectlAsync(space, "label", "pod", "pod", "app=green", "--overwrite");
        await ServedByAsync(space, "green");
        await fixture.KubectlAsync(space, "patch", "service", "green", "-p", """{"spec":{"selector":{"app":"nobody"}}}""");
        await Eventually.Async(async () => (await SlicesAsync(space)).ShouldBeEmpty());
    }

    [Fact]
    public async Task A_slice_that_someone_changes_or_deletes_is_put_right()
    {
        var space = await fixture.NamespaceAsync();
        await ServeAsync(space);
        await fixture.DeployAsync(space, "web", 1, "ready:1");
        await Eventually.Async(async () => (await SlicesAsync(space)).ShouldHaveSingleItem().Endpoints.Single().Conditions.Ready.ShouldBe(true));
        var name = (await SlicesAsync(space)).Single().Metadata.Name;
        await fixture.Client.MergePatchAsync<V1EndpointSlice>(new(space, name), new { endpoints = Array.Empty<object>() });
        await Eventually.Async(async () => (await SlicesAsync(space)).ShouldHaveSingleItem().Endpoints.Single().Conditions.Ready.ShouldBe(true));
        await fixture.KubectlAsync(space, "delete", "endpointslice", name);
        await Eventually.Async(async () => (await SlicesAsync(space)).ShouldHaveSingleItem().Metadata.Name.ShouldBe(name));
    }

    [Fact]
    public async Task A_Service_without_a_selector_is_left_alone_and_a_deleted_one_takes_its_slices_along()
    {
        var space = await fixture.NamespaceAsync();
        await fixture.Client.CreateAsync(new V1Service
        {
            Metadata = new() { NamespaceProperty = space, Name = "manual" },
            Spec = new() { Ports = [new() { Name = "http", Port = 80 }] },
        });
        await fixture.Client.CreateAsync(new V1EndpointSlice
        {
            Metadata = new() { NamespaceProperty = space, Name = "by-hand", Labels = new Dictionary<string, string> { ["kubernetes.io/service-name"] = "manual" } },
            AddressType = "IPv4",
            Ports = [new() { Name = "http", Port = 1234 }],
            Endpoints = [new() { Addresses = ["10.0.0.1"] }],
        });
        await ServeAsync(space);
        await fixture.DeployAsync(space, "web", 2, "ready:1");
        await Eventually.Async(async () => (await SlicesAsync(space)).Count.ShouldBe(3));
        await fixture.KubectlAsync(space, "delete", "service", "web");
        await Eventually.Async(async () => (await SlicesAsync(space)).ShouldHaveSingleItem().Metadata.Name.ShouldBe("by-hand"));
    }

    private Task<V1Service> ServeAsync(string space, string app = "web") => fixture.Client.CreateAsync(new V1Service
    {
        Metadata = new() { NamespaceProperty = space, Name = app },
        Spec = new()
        {
            Selector = new Dictionary<string, string> { ["app"] = app },
            Ports = [new() { Name = "http", Port = 80, TargetPort = "http" }],
        },
    });

    private Task ServedByAsync(string space, string service) => Eventually.Async(async () =>
    {
        var slice = (await SlicesAsync(space)).ShouldHaveSingleItem();
        slice.Metadata.Labels["kubernetes.io/service-name"].ShouldBe(service);
        slice.Endpoints.Single().TargetRef.Name.ShouldBe("pod");
    });

    private Task<IReadOnlyList<V1EndpointSlice>> SlicesAsync(string space) => fixture.Client.ListAsync<V1EndpointSlice>(space);
}
