using AeroGrid.TestKit;
using k8s.Models;

namespace AeroGrid.Node.Tests.Controllers.Jobs;

public sealed class JobTests(WorkloadFixture fixture) : IClassFixture<WorkloadFixture>
{
    [Fact]
    public async Task A_Job_whose_pod_succeeds_is_complete()
    {
        var space = await fixture.NamespaceAsync();
        await CreateAsync(space, "exit-0:1");
        var job = await EndedAsync(space, "Complete", "CompletionsReached");
        (job.Status.Succeeded, job.Status.Failed ?? 0, job.Status.Active ?? 0).ShouldBe((1, 0, 0));
        job.Status.StartTime.ShouldNotBeNull();
        job.Status.CompletionTime.ShouldNotBeNull();
        (job.Status.UncountedTerminatedPods?.Succeeded ?? []).ShouldBeEmpty();
        var pod = (await fixture.PodsAsync(space)).ShouldHaveSingleItem();
        pod.Metadata.Labels["batch.kubernetes.io/job-name"].ShouldBe("job");
        pod.Metadata.Labels["job-name"].ShouldBe("job");
        (pod.Metadata.Finalizers ?? []).ShouldBeEmpty();
        (await fixture.KubectlAsync(space, "get", "jobs", "job", "--no-headers")).ShouldContain("1/1");
        (await fixture.KubectlAsync(space, "wait", "--for=condition=complete", "job/job", "--timeout=10s")).ShouldContain("condition met");
        await Eventually.Async(async () =>
        {
            var described = await fixture.KubectlAsync(space, "describe", "job", "job");
            described.ShouldContain("Created pod: job-");
            described.ShouldContain("Job completed");
        });
    }

    [Fact]
    public async Task A_pod_that_fails_without_a_second_chance_fails_the_Job()
    {
        var space = await fixture.NamespaceAsync();
        await CreateAsync(space, "exit-3:1", spec => spec.BackoffLimit = 0);
        var job = await EndedAsync(space, "Failed", "BackoffLimitExceeded");
        (job.Status.Failed, job.Status.Succeeded ?? 0, job.Status.CompletionTime).ShouldBe((1, 0, null));
        (await fixture.PodsAsync(space)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_second_pod_waits_for_the_back_off()
    {
        var space = await fixture.NamespaceAsync();
        await CreateAsync(space, "exit-3:1", spec => spec.BackoffLimit = 1);
        await fixture.UntilAsync<V1Job>(space, "job", job => job.Status.ShouldNotBeNull().Failed.ShouldBe(1));
        (await fixture.PodsAsync(space)).Count.ShouldBe(1);
        var job = await EndedAsync(space, "Failed", "BackoffLimitExceeded");
        job.Status.Failed.ShouldBe(2);
        var pods = (await fixture.PodsAsync(space)).OrderBy(pod => pod.Metadata.CreationTimestamp).ToList();
        (pods[1].Metadata.CreationTimestamp - pods[0].Metadata.CreationTimestamp).ShouldNotBeNull().ShouldBeGreaterThan(TimeSpan.FromSeconds(8));
    }

    [Fact]
    public async Task Completions_run_with_the_parallelism_that_is_asked_for_and_are_counted_exactly()
    {
        var space = await fixture.NamespaceAsync();
        await CreateAsync(space, "exit-0:1", spec => (spec.Completions, spec.Parallelism) = (12, 4));
        var job = await EndedAsync(space, "Complete", "CompletionsReached");
        job.Status.Succeeded.ShouldBe(12);
        (await fixture.PodsAsync(space)).Count.ShouldBe(12);
    }

    [Fact]
    public async Task An_indexed_Job_runs_every_index_once()
    {
        var space = await fixture.NamespaceAsync();
        await CreateAsync(space, "exit-0:1", spec => (spec.Completions, spec.Parallelism, spec.CompletionMode) = (5, 2, "Indexed"));
        var job = await EndedAsync(space, "Complete", "CompletionsReached");
        (job.Status.CompletedIndexes, job.Status.Succeeded).ShouldBe(("0-4", 5));
        (await fixture.PodsAsync(space)).Select(pod => pod.Spec.Containers[0].Env.Single().Value).Order().ShouldBe(["0", "1", "2", "3", "4"]);
    }

    [Fact]
    public async Task A_Job_that_runs_past_its_deadline_fails_and_its_pods_go()
    {
        var space = await fixture.NamespaceAsync();
        await CreateAsync(space, "ready:1", spec => spec.ActiveDeadlineSeconds = 1);
        var job = await EndedAsync(space, "Failed", "DeadlineExceeded");
        (job.Status.Active ?? 0).ShouldBe(0);
        await Eventually.Async(async () => (await fixture.PodsAsync(space)).ShouldBeEmpty());
    }

    [Fact]
    public async Task A_finished_Job_is_deleted_after_its_time_with_its_pods()
    {
        var space = await fixture.NamespaceAsync();
        await CreateAsync(space, "exit-0:1", spec => spec.TtlSecondsAfterFinished = 1);
        await Eventually.Async(async () =>
        {
            (await fixture.Client.GetAsync<V1Job>(space, "job")).ShouldBeNull();
            (await fixture.PodsAsync(space)).ShouldBeEmpty();
        });
    }

    [Fact]
    public async Task A_suspended_Job_runs_nothing_until_it_is_resumed()
    {
        var space = await fixture.NamespaceAsync();
        await CreateAsync(space, "ready:1", spec => (spec.Suspend, spec.BackoffLimit) = (true, 0));
        await fixture.UntilAsync<V1Job>(space, "job", job =>
            (job.Status?.Conditions).ShouldNotBeNull().ShouldContain(condition => condition.Type == "Suspended" && condition.Status == "True"));
        (await fixture.PodsAsync(space)).ShouldBeEmpty();
        await SuspendAsync(space, false);
        await Eventually.Async(async () => (await fixture.PodsAsync(space)).ShouldHaveSingleItem());
        await SuspendAsync(space, true);
        await Eventually.Async(async () => (await fixture.PodsAsync(space)).ShouldBeEmpty());
        await SuspendAsync(space, false);
        var pod = await Eventually.Async(async () => (await fixture.PodsAsync(space)).ShouldHaveSingleItem());
        await fixture.Kubelet.EndAsync(pod, 0);
        (await EndedAsync(space, "Complete", "CompletionsReached")).Status.Failed.ShouldBe(0);
    }

    [Fact]
    public async Task A_deleted_Job_does_not_hold_its_pods_back()
    {
        var space = await fixture.NamespaceAsync();
        await CreateAsync(space, "ready:1");
        await Eventually.Async(async () => (await fixture.PodsAsync(space)).ShouldHaveSingleItem().Status?.Phase.ShouldBe("Running"));
        await fixture.KubectlAsync(space, "delete", "job", "job");
        await Eventually.Async(async () => (await fixture.PodsAsync(space)).ShouldBeEmpty());
    }

    [Fact]
    public async Task Orphaned_pods_lose_the_finalizer()
    {
        var space = await fixture.NamespaceAsync();
        await CreateAsync(space, "ready:1");
        await Eventually.Async(async () => (await fixture.PodsAsync(space)).ShouldHaveSingleItem());
        await fixture.KubectlAsync(space, "delete", "job", "job", "--cascade=orphan");
        await Eventually.Async(async () => ((await fixture.PodsAsync(space)).ShouldHaveSingleItem().Metadata.Finalizers ?? []).ShouldBeEmpty());
    }

    [Fact]
    public async Task A_pod_that_someone_deletes_is_a_failure_and_replaced()
    {
        var space = await fixture.NamespaceAsync();
        await CreateAsync(space, "ready:1", spec => spec.BackoffLimit = 3);
        var pod = await Eventually.Async(async () => (await fixture.PodsAsync(space)).ShouldHaveSingleItem());
        await fixture.KubectlAsync(space, "delete", "pod", pod.Metadata.Name);
        await fixture.UntilAsync<V1Job>(space, "job", job => job.Status.Failed.ShouldBe(1));
        await Eventually.Async(async () => (await fixture.PodsAsync(space)).ShouldHaveSingleItem().Metadata.Name.ShouldNotBe(pod.Metadata.Name));
    }

    [Fact]
    public async Task Outcomes_are_counted_once_however_often_the_controllers_restart()
    {
        await using var own = new WorkloadFixture();
        await own.InitializeAsync();
        var space = await own.NamespaceAsync();
        await own.Client.CreateAsync(Job(space, "exit-0:1", spec => (spec.Completions, spec.Parallelism) = (40, 5)));
        for (var restart = 0; restart < 4; restart++)
        {
            await own.UntilAsync<V1Job>(space, "job", job => (job.Status?.Succeeded ?? 0).ShouldBeGreaterThanOrEqualTo(5 * (restart + 1)));
            await own.StopControllersAsync();
            await own.StartControllersAsync();
        }

        var job = await own.UntilAsync<V1Job>(space, "job", job => job.Status.Conditions.ShouldContain(condition => condition.Type == "Complete"));
        job.Status.Succeeded.ShouldBe(40);
        (await own.PodsAsync(space)).Count(pod => pod.Status.Phase == "Succeeded").ShouldBe(40);
    }

    private static V1Job Job(string space, string image, Action<V1JobSpec>? change = null)
    {
        var job = new V1Job
        {
            Metadata = new() { NamespaceProperty = space, Name = "job" },
            Spec = new()
            {
                Template = new() { Spec = new() { RestartPolicy = "Never", Containers = [new() { Name = "main", Image = image }] } },
            },
        };
        change?.Invoke(job.Spec);
        return job;
    }

    private Task<V1Job> CreateAsync(string space, string image, Action<V1JobSpec>? change = null) =>
        fixture.Client.CreateAsync(Job(space, image, change));

    private Task<V1Job> SuspendAsync(string space, bool suspend) =>
        fixture.Client.MergePatchAsync<V1Job>(new(space, "job"), new { spec = new { suspend } });

    private Task<V1Job> EndedAsync(string space, string type, string reason) => fixture.UntilAsync<V1Job>(space, "job", job =>
        (job.Status?.Conditions).ShouldNotBeNull().ShouldContain(condition =>
            condition.Type == type && condition.Status == "True" && condition.Reason == reason));
}
