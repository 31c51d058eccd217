using k8s.Models;
using AeroGrid.Node.Controllers.Jobs;

namespace AeroGrid.Node.Tests.Controllers.Jobs;

public sealed class JobDecisionTests
{
    private static readonly DateTimeOffset Now = new(Objects.Start);

    [Fact]
    public void As_many_pods_as_completions_are_missing_and_parallelism_allows()
    {
        Decide(Job(completions: 5, parallelism: 3)).WantActive.ShouldBe(3);
        Decide(Job(completions: 5, parallelism: 3), Pod("a", "Succeeded"), Pod("b", "Succeeded"), Pod("c", "Succeeded")).WantActive.ShouldBe(2);
        Decide(Job(completions: null, parallelism: 2)).WantActive.ShouldBe(2);
    }

    [Fact]
    public void Enough_successes_complete_it_and_surplus_pods_must_go()
    {
        var decision = Decide(Job(completions: 1, parallelism: 1), Pod("a", "Succeeded"), Pod("b", "Running"));
        decision.End.ShouldBe(new JobEnd(true, "CompletionsReached", "Reached expected number of succeeded pods"));
        decision.WantActive.ShouldBe(0);
    }

    [Fact]
    public void A_work_queue_is_complete_when_one_pod_succeeded_and_none_works()
    {
        Decide(Job(completions: null, parallelism: 2), Pod("a", "Succeeded"), Pod("b", "Running")).End.ShouldBeNull();
        Decide(Job(completions: null, parallelism: 2), Pod("a", "Succeeded")).End!.Succeeded.ShouldBeTrue();
    }

    [Theory]
    [InlineData(1, 10)]
    [InlineData(2, 20)]
    [InlineData(3, 40)]
    [InlineData(9, 360)]
    public void Failures_in_a_row_double_the_wait_up_to_six_minutes(int failures, int seconds)
    {
        var decision = Decide(Job(backoffLimit: 100), [.. Enumerable.Range(0, failures).Select(number => Pod($"p{number}", "Failed"))]);
        decision.CreateAfter.ShouldBe(TimeSpan.FromSeconds(seconds));
        decision.LookAgain.ShouldBe(TimeSpan.FromSeconds(seconds));
    }

    [Fact]
    public void Too_many_failures_end_it()
    {
        Decide(Job(backoffLimit: 1), Pod("a", "Failed")).End.ShouldBeNull();
        Decide(Job(backoffLimit: 1), Pod("a", "Failed"), Pod("b", "Failed")).End!.Reason.ShouldBe("BackoffLimitExceeded");
        Decide(Job(backoffLimit: 0), Pod("a", "Failed")).End!.Reason.ShouldBe("BackoffLimitExceeded");
    }

    [Fact]
    public void The_deadline_counts_from_the_start()
    {
        var job = Job();
        (job.Spec.ActiveDeadlineSeconds, job.Status.StartTime) = (30, Objects.Start.AddSeconds(-20));
        Decide(job, Pod("a", "Running")).LookAgain.ShouldBe(TimeSpan.FromSeconds(10));
        job.Status.StartTime = Objects.Start.AddSeconds(-30);
        Decide(job, Pod("a", "Running")).End!.Reason.ShouldBe("DeadlineExceeded");
    }

    [Fact]
    public void A_suspended_Job_wants_no_pods_and_its_deleted_pods_are_no_failures()
    {
        var job = Job(backoffLimit: 0);
        job.Spec.Suspend = true;
        Decide(job, Pod("a", "Running")).WantActive.ShouldBe(0);
        Decide(job, Pod("a", "Running", deleting: true)).End.ShouldBeNull();
    }

    [Theory]
    [InlineData(42, "FailJob", true, 1)]
    [InlineData(43, "Ignore", false, 0)]
    [InlineData(44, "Count", false, 1)]
    public void The_pod_failure_policy_decides_by_exit_code(int code, string action, bool ends, int failed)
    {
        var job = Job();
        job.Spec.PodFailurePolicy = new()
        {
            Rules = [new() { Action = action, OnExitCodes = new() { OperatorProperty = "In", Values = [code] } }],
        };
        var pod = Pod("a", "Failed");
        pod.Status.ContainerStatuses[0].State = new() { Terminated = new() { ExitCode = code } };
        var tally = JobTally.Of(job, [pod], JobLabels.IsTracked);
        tally.Failed.ShouldBe(failed);
        (JobDecision.For(job, tally, Now).End?.Reason == "PodFailurePolicy").ShouldBe(ends);
    }

    [Fact]
    public void An_outcome_is_counted_once_wherever_it_is_noted()
    {
        var job = Job();
        var failed = Pod("a", "Failed");
        JobTally.Of(job, [failed], JobLabels.IsTracked).Failed.ShouldBe(1);
        job.Status.UncountedTerminatedPods = new() { Failed = [failed.Metadata.Uid] };
        JobTally.Of(job, [failed], JobLabels.IsTracked).Failed.ShouldBe(1);
        (job.Status.UncountedTerminatedPods, job.Status.Failed) = (null, 1);
        failed.Metadata.Finalizers = null;
        JobTally.Of(job, [failed], JobLabels.IsTracked).Failed.ShouldBe(1);
        JobTally.Of(job, [], JobLabels.IsTracked).Failed.ShouldBe(1);
    }

    [Fact]
    public void A_field_that_is_not_supported_is_named()
    {
        var job = Job();
        job.Spec.BackoffLimitPerIndex = 1;
        Decide(job).End.ShouldNotBeNull().Message.ShouldContain("spec.backoffLimitPerIndex");
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("0", "0")]
    [InlineData("0,1", "0,1")]
    [InlineData("0-4,7,9-11", "0-4,7,9-11")]
    [InlineData("3,1,2", "1-3")]
    [InlineData("x,2", "2")]
    public void Completed_indexes_are_written_as_Kubernetes_does(string text, string expected) =>
        CompletionIndexes.Format(CompletionIndexes.Parse(text)).ShouldBe(expected);

    private static JobDecision Decide(V1Job job, params V1Pod[] pods) => JobDecision.For(job, JobTally.Of(job, pods, JobLabels.IsTracked), Now);

    private static V1Pod Pod(string name, string phase, bool deleting = false)
    {
        var pod = Objects.Pod(name, phase, ready: false, deleting: deleting);
        pod.Metadata.Finalizers = [JobLabels.TrackingFinalizer];
        if (phase is "Succeeded" or "Failed")
            pod.Status.ContainerStatuses[0].State = new() { Terminated = new() { ExitCode = phase == "Failed" ? 1 : 0, FinishedAt = Objects.Start } };
        return pod;
    }

    private static V1Job Job(int? completions = 1, int? parallelism = 1, int backoffLimit = 6) => new()
    {
        Metadata = Objects.Meta("job"),
        Spec = new()
        {
            Completions = completions,
            Parallelism = parallelism,
            BackoffLimit = backoffLimit,
            Template = Objects.Template() with { Spec = Objects.Template().Spec with { RestartPolicy = "Never" } },
        },
        Status = new(),
    };
}
