using System.Net;
using AeroGrid.TestKit;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace AeroGrid.ApiServer.Tests.Admission;

public sealed class QuotaTests : IAsyncLifetime
{
    private TestApiServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestApiServer.StartAsync();
        await _server.Client.CreateNamespaceAsync(new V1Namespace { Metadata = new V1ObjectMeta { Name = "demo" } });
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Creates_side_by_side_never_pass_a_quota_together()
    {
        await QuotaAsync(("count/configmaps", "10"));
        var results = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => TryAsync(() => CreateConfigMapAsync($"c{i}"))));

        results.Count(r => r is null).ShouldBe(10);
        results.OfType<HttpOperationException>().ShouldAllBe(e => e.Response.StatusCode == HttpStatusCode.Forbidden);
        results.OfType<HttpOperationException>().First().Response.Content.ShouldContain(
            "exceeded quota: quota, requested: count/configmaps=1, used: count/configmaps=10, limited: count/configmaps=10");
        await Eventually.Async(async () => (await UsedAsync("count/configmaps")).ShouldBe("10"));

        await _server.Client.DeleteNamespacedConfigMapAsync((await _server.Client.ListNamespacedConfigMapAsync("demo")).Items[0].Name(), "demo");
        await CreateConfigMapAsync("again");
        (await TryAsync(() => CreateConfigMapAsync("more"))).ShouldNotBeNull();
    }

    [Fact]
    public async Task Creates_that_fail_use_nothing_up()
    {
        await QuotaAsync(("configmaps", "2"));
        await CreateConfigMapAsync("a");
        for (var i = 0; i < 5; i++)
        {
            (await TryAsync(() => CreateConfigMapAsync("a")))!.Response.StatusCode.ShouldBe(HttpStatusCode.Conflict);
            (await TryAsync(() => CreateConfigMapAsync("Not_A_Name")))!.Response.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        }

        await CreateConfigMapAsync("b");
    }

    [Fact]
    public async Task Pods_count_what_they_ask_for_until_they_have_ended()
    {
        await QuotaAsync(("pods", "5"), ("requests.cpu", "1"), ("limits.memory", "512Mi"));
        (await TryAsync(() => CreatePodAsync("bare", null, null)))!.Response.Content.ShouldContain(
            "failed quota: quota: must specify requests.cpu for: main; limits.memory for: main");
        await CreatePodAsync("one", "600m", "256Mi");
        (await TryAsync(() => CreatePodAsync("two", "600m", "256Mi")))!.Response.Content.ShouldContain(
            "exceeded quota: quota, requested: requests.cpu=600m, used: requests.cpu=600m, limited: requests.cpu=1");
        await Eventually.Async(async () => (await UsedAsync("limits.memory")).ShouldBe("256Mi"));

        var pod = await _server.Client.ReadNamespacedPodAsync("one", "demo");
        pod.Status.Phase = "Succeeded";
        await _server.Client.ReplaceNamespacedPodStatusAsync(pod, "one", "demo");
        await CreatePodAsync("two", "600m", "256Mi");
        await Eventually.Async(async () => (await UsedAsync("pods")).ShouldBe("1"));
    }

    [Fact]
    public async Task A_restart_counts_what_is_there()
    {
        await QuotaAsync(("count/configmaps", "1"));
        await CreateConfigMapAsync("a");
        await _server.RestartAsync();
        (await TryAsync(() => CreateConfigMapAsync("b")))!.Response.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_limit_range_completes_containers_and_bounds_them()
    {
        await _server.Client.CreateNamespacedLimitRangeAsync(
            new V1LimitRange
            {
                Metadata = new V1ObjectMeta { Name = "range" },
                Spec = new V1LimitRangeSpec
                {
                    Limits =
                    [
                        new V1LimitRangeItem
                        {
                            Type = "Container",
                            DefaultRequest = Amounts(("cpu", "50m"), ("memory", "64Mi")),
                            DefaultProperty = Amounts(("memory", "256Mi")),
                            Max = Amounts(("memory", "512Mi")),
                        },
                    ],
                },
            },
            "demo");
        await QuotaAsync(("requests.cpu", "1"), ("limits.memory", "1Gi"));

        await CreatePodAsync("bare", null, null);
        var pod = await _server.Client.ReadNamespacedPodAsync("bare", "demo");
        pod.Spec.Containers[0].Resources.Requests["cpu"].ToString().ShouldBe("50m");
        pod.Spec.Containers[0].Resources.Limits["memory"].ToString().ShouldBe("256Mi");
        pod.Status.QosClass.ShouldBe("Burstable");
        pod.Spec.ServiceAccountName.ShouldBe("default");

        (await TryAsync(() => CreatePodAsync("big", "50m", "1Gi")))!.Response.Content.ShouldContain(
            "maximum memory usage per Container is 512Mi, but limit is 1Gi");
    }

    [Fact]
    public async Task A_service_account_that_a_pod_names_must_exist()
    {
        var pod = Pod("web", null, null);
        pod.Spec.ServiceAccountName = "bot";
        (await TryAsync(() => _server.Client.CreateNamespacedPodAsync(pod, "demo")))!.Response.Content.ShouldContain("not found");
        await _server.Client.CreateNamespacedServiceAccountAsync(new V1ServiceAccount { Metadata = new V1ObjectMeta { Name = "bot" } }, "demo");
        (await _server.Client.CreateNamespacedPodAsync(pod, "demo")).Spec.ServiceAccountName.ShouldBe("bot");
    }

    private Task QuotaAsync(params (string Key, string Value)[] hard) => _server.Client.CreateNamespacedResourceQuotaAsync(
        new V1ResourceQuota { Metadata = new V1ObjectMeta { Name = "quota" }, Spec = new V1ResourceQuotaSpec { Hard = Amounts(hard) } }, "demo");

    private async Task<string?> UsedAsync(string key) =>
        (await _server.Client.ReadNamespacedResourceQuotaAsync("quota", "demo")).Status?.Used?[key].ToString();

    private Task CreateConfigMapAsync(string name) =>
        _server.Client.CreateNamespacedConfigMapAsync(new V1ConfigMap { Metadata = new V1ObjectMeta { Name = name } }, "demo");

    private Task CreatePodAsync(string name, string? cpu, string? memory) => _server.Client.CreateNamespacedPodAsync(Pod(name, cpu, memory), "demo");

    private static V1Pod Pod(string name, string? cpu, string? memory) => new()
    {
        Metadata = new V1ObjectMeta { Name = name },
        Spec = new V1PodSpec
        {
            Containers =
            [
                new V1Container
                {
                    Name = "main",
                    Image = "x",
                    Resources = cpu is null ? null : new V1ResourceRequirements { Requests = Amounts(("cpu", cpu)), Limits = Amounts(("memory", memory!)) },
                },
            ],
        },
    };

    private static Dictionary<string, ResourceQuantity> Amounts(params (string Key, string Value)[] amounts) =>
        amounts.ToDictionary(a => a.Key, a => new ResourceQuantity(a.Value));

    private static async Task<HttpOperationException?> TryAsync(Func<Task> action)
    {
        try
        {
            await action();
            return null;
        }
        catch (HttpOperationException e)
        {
            return e;
        }
    }
}
