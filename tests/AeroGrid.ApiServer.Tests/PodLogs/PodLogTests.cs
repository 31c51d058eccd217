using System.Net;
using System.Text.Json.Nodes;
using AeroGrid.TestKit;
using k8s;
using k8s.Models;

namespace AeroGrid.ApiServer.Tests.PodLogs;

public sealed class PodLogTests : IAsyncLifetime
{
    private TestApiServer _server = null!;
    private TestKubelet _kubelet = null!;

    public async ValueTask InitializeAsync()
    {
        _kubelet = await TestKubelet.StartAsync();
        _server = await TestApiServer.StartAsync(new TestApiServerOptions { KubeletToken = "kubelet-secret" });
        await _server.Client.CreateNodeAsync(new V1Node { Metadata = new V1ObjectMeta { Name = "local" } });
        await _server.Client.ReplaceNodeStatusAsync(
            new V1Node
            {
                Metadata = new V1ObjectMeta { Name = "local" },
                Status = new V1NodeStatus
                {
                    Addresses = [new V1NodeAddress { Type = "InternalIP", Address = "127.0.0.1" }],
                    DaemonEndpoints = new V1NodeDaemonEndpoints { KubeletEndpoint = new V1DaemonEndpoint { Port = _kubelet.Port } },
                },
            },
            "local");
        await CreatePodAsync("web", "local", "main");
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _kubelet.DisposeAsync();
    }

    [Fact]
    public async Task The_kubelet_is_asked_with_its_own_token_and_the_same_options()
    {
        _kubelet.Lines.Writer.TryWrite("hello");
        _kubelet.Lines.Writer.Complete();

        var (status, text) = await GetAsync("web", "?tailLines=5&sinceSeconds=60&timestamps=true&previous=false&follow=1&evil=1");

        (status, text).ShouldBe((HttpStatusCode.OK, "hello\n"));
        _kubelet.Authorization.ShouldBe("Bearer kubelet-secret");
        _kubelet.Asked.ShouldBe("/containerLogs/default/web/main?follow=true&timestamps=true&tailLines=5&sinceSeconds=60");
    }

    [Fact]
    public async Task Lines_come_as_they_are_written()
    {
        _kubelet.Lines.Writer.TryWrite("one");
        await using var stream = await _server.Http.GetStreamAsync("/api/v1/namespaces/default/pods/web/log?follow=true");
        using var reader = new StreamReader(stream);
        (await reader.ReadLineAsync()).ShouldBe("one");
        _kubelet.Lines.Writer.TryWrite("two");
        (await reader.ReadLineAsync()).ShouldBe("two");
        _kubelet.Lines.Writer.Complete();
        (await reader.ReadLineAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task A_kubelet_that_breaks_off_breaks_the_answer_off()
    {
        _kubelet.Lines.Writer.TryWrite("one");
        await using var stream = await _server.Http.GetStreamAsync("/api/v1/namespaces/default/pods/web/log?follow=true");
        using var reader = new StreamReader(stream);
        (await reader.ReadLineAsync()).ShouldBe("one");
        _kubelet.Lines.Writer.TryWrite("break");
        await Should.ThrowAsync<IOException>(() => reader.ReadLineAsync());
    }

    [Fact]
    public async Task Kubectl_logs_works()
    {
        Assert.SkipUnless(Tools.Has("kubectl"), "kubectl is not installed");
        _kubelet.Lines.Writer.TryWrite("hello");
        _kubelet.Lines.Writer.Complete();
        (await _server.KubectlOkAsync("logs", "web", "--tail=3")).ShouldBe("hello\n");
    }

    [Fact]
    public async Task A_container_that_waits_is_told_with_the_reason()
    {
        await SetStatusAsync("web", new V1ContainerState { Waiting = new V1ContainerStateWaiting { Reason = "ImagePullBackOff" } });
        _kubelet.Refusal = (404, "");
        var (status, text) = await GetAsync("web");
        status.ShouldBe(HttpStatusCode.BadRequest);
        text.ShouldContain("container \"main\" in pod \"web\" is waiting to start: trying and failing to pull image");

        _kubelet.Refusal = (400, "container \"main\" in pod \"web\" is waiting to start: from the kubelet");
        (await GetAsync("web")).Text.ShouldContain("waiting to start: from the kubelet");
    }

    [Fact]
    public async Task A_pod_without_a_node_waits_for_one()
    {
        await CreatePodAsync("new", null, "main");
        var (status, text) = await GetAsync("new");
        status.ShouldBe(HttpStatusCode.BadRequest);
        text.ShouldContain("is waiting to start: the pod has no node yet");
    }

    [Fact]
    public async Task Several_containers_want_a_name()
    {
        await CreatePodAsync("two", "local", "a", "b");
        (await GetAsync("two")).Text.ShouldContain("a container name must be specified for pod two, choose one of: [a b]");
        (await GetAsync("two", "?container=c")).Text.ShouldContain("container c is not valid for pod two");
    }

    [Theory]
    [InlineData("?tailLines=-1", "tailLines")]
    [InlineData("?tailLines=x", "tailLines")]
    [InlineData("?limitBytes=0", "limitBytes")]
    [InlineData("?follow=maybe", "follow")]
    [InlineData("?sinceTime=yesterday", "sinceTime")]
    [InlineData("?sinceTime=2030-01-01T00:00:00Z&sinceSeconds=3", "at most one of sinceTime or sinceSeconds")]
    public async Task Options_that_make_no_sense_are_refused(string query, string named)
    {
        var (status, text) = await GetAsync("web", query);
        status.ShouldBe(HttpStatusCode.UnprocessableEntity);
        text.ShouldContain(named);
    }

    [Fact]
    public async Task A_kubelet_that_is_gone_is_503()
    {
        await _kubelet.DisposeAsync();
        var (status, text) = await GetAsync("web");
        status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        text.ShouldContain("the kubelet of node local at 127.0.0.1:");
    }

    [Fact]
    public async Task A_previous_container_that_never_was_is_told()
    {
        _kubelet.Refusal = (404, "");
        (await GetAsync("web", "?previous=true")).Text.ShouldContain("previous terminated container \"main\" in pod \"web\" not found");
        _kubelet.Asked.ShouldBe("/containerLogs/default/web/main?previous=true");
    }

    private async Task<(HttpStatusCode Status, string Text)> GetAsync(string pod, string query = "")
    {
        using var response = await _server.Http.GetAsync($"/api/v1/namespaces/default/pods/{pod}/log{query}");
        var text = await response.Content.ReadAsStringAsync();
        return (response.StatusCode, response.IsSuccessStatusCode ? text : (string)JsonNode.Parse(text)!["message"]!);
    }

    private Task CreatePodAsync(string name, string? node, params string[] containers) => _server.Client.CreateNamespacedPodAsync(
        new V1Pod
        {
            Metadata = new V1ObjectMeta { Name = name },
            Spec = new V1PodSpec { NodeName = node, Containers = [.. containers.Select(c => new V1Container { Name = c, Image = "x" })] },
        },
        "default");

    private async Task SetStatusAsync(string name, V1ContainerState state)
    {
        var pod = await _server.Client.ReadNamespacedPodAsync(name, "default");
        pod.Status.ContainerStatuses = [new V1ContainerStatus { Name = "main", Image = "x", ImageID = "", State = state }];
        await _server.Client.ReplaceNamespacedPodStatusAsync(pod, name, "default");
    }
}
