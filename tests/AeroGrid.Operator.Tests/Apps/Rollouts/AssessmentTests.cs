using AeroGrid.Api;
using AeroGrid.Operator.Apps.Children;
using AeroGrid.Operator.Apps.Rollouts;
using AeroGrid.Operator.Reconciling;
using AeroGrid.Operator.Tests.Fixtures;

using k8s.Models;

namespace AeroGrid.Operator.Tests.Apps.Rollouts;

/// <summary>How a roll-out is judged by what the cluster shows.</summary>
public sealed class AssessmentTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void A_Deployment_whose_new_pods_all_serve_is_done() =>
        Assess(Status(1, 1, 1), Pod(ready: true)).ShouldBeOfType<StepResult.Done>();

    [Fact]
    public void A_Deployment_that_its_controller_has_not_seen_yet_is_starting()
    {
        var status = Status(1, 1, 1);
        status.ObservedGeneration = 1;

        Assess(status).ShouldBeOfType<StepResult.Waiting>().Reason.ShouldBe("Deploying");
    }

    [Fact]
    public void Old_pods_beside_the_new_ones_are_not_done() =>
        Assess(Status(replicas: 2, updated: 1, available: 2), Pod(ready: true)).ShouldBeOfType<StepResult.Waiting>();

    [Fact]
    public void A_crash_of_a_new_pod_is_a_failure_at_once_with_its_last_output()
    {
        var pod = Pod(ended: new() { ExitCode = 1, Reason = "Error", Message = "Traceback\n  File \"/app/app.py\", line 1\nSyntaxError: invalid syntax\n" });

        var result = Assess(Status(1, 1, 0), pod).ShouldBeOfType<StepResult.Stalled>();

        result.Reason.ShouldBe("Crashed");
        result.Message.ShouldBe(
            "app.py ended with exit code 1. Its last output:\nTraceback\n  File \"/app/app.py\", line 1\nSyntaxError: invalid syntax");
    }

    [Fact]
    public void A_crash_counts_while_the_container_is_being_restarted()
    {
        var pod = Pod(runningFor: TimeSpan.FromSeconds(1));
        pod.Status.ContainerStatuses[0].LastState = new() { Terminated = new() { ExitCode = 3, Message = "no" } };

        Assess(Status(1, 1, 0), pod).ShouldBeOfType<StepResult.Stalled>().Message.ShouldContain("exit code 3");
    }

    [Fact]
    public void A_crash_of_a_pod_that_serves_again_counts_no_more()
    {
        var pod = Pod(ready: true, runningFor: TimeSpan.FromSeconds(1));
        pod.Status.ContainerStatuses[0].LastState = new() { Terminated = new() { ExitCode = 3 } };

        Assess(Status(2, 1, 1), pod).ShouldBeOfType<StepResult.Waiting>();
    }

    [Fact]
    public void An_end_without_an_error_says_what_a_program_has_to_do() =>
        Assess(Status(1, 1, 0), Pod(ended: new() { ExitCode = 0, Reason = "Completed" })).ShouldBeOfType<StepResult.Stalled>()
            .Message.ShouldBe("app.py ended by itself (exit code 0): a program that serves goes on running and listens on $PORT");

    [Fact]
    public void Too_much_memory_is_told_with_the_limit()
    {
        var result = Assess(Status(1, 1, 0), Pod(ended: new() { ExitCode = 137, Reason = "OOMKilled" })).ShouldBeOfType<StepResult.Stalled>();

        result.Reason.ShouldBe("OutOfMemory");
        result.Message.ShouldContain("256Mi");
    }

    [Fact]
    public void A_pod_that_starts_is_looked_at_again_when_its_time_to_listen_is_over()
    {
        var result = Assess(Status(1, 1, 0), Pod(runningFor: TimeSpan.FromSeconds(10))).ShouldBeOfType<StepResult.Waiting>();

        result.After!.Value.TotalSeconds.ShouldBe(20, 0.1);
        result.Message.ShouldBe("0 of 1 ready");
    }

    [Fact]
    public void A_pod_that_runs_for_long_and_does_not_listen_is_told()
    {
        var result = Assess(Status(1, 1, 0), Pod(runningFor: TimeSpan.FromSeconds(31))).ShouldBeOfType<StepResult.Stalled>();

        result.Reason.ShouldBe("NotListening");
        result.Message.ShouldContain("$PORT");
    }

    [Fact]
    public void A_pod_that_the_liveness_probe_ended_never_listened_and_did_not_crash()
    {
        var ended = new V1ContainerStateTerminated
        {
            ExitCode = 137,
            StartedAt = Now.UtcDateTime - TimeSpan.FromSeconds(100),
            FinishedAt = Now.UtcDateTime - TimeSpan.FromSeconds(5),
        };

        Assess(Status(1, 1, 0), Pod(ended: ended)).ShouldBeOfType<StepResult.Stalled>().Reason.ShouldBe("NotListening");
    }

    [Theory]
    [InlineData("node.aerogrid.io/Listening", "WrongPort", "app.py listens on the wrong port: what the node saw. Have it listen on the port in PORT")]
    [InlineData("node.aerogrid.io/ProcessesWithinLimit", "TooManyProcesses", "app.py started too many processes or threads: what the node saw. Start fewer of them")]
    public void What_the_node_found_out_about_an_app_is_told_at_once(string condition, string reason, string message)
    {
        var pod = Pod(runningFor: TimeSpan.FromSeconds(6));
        pod.Status.Conditions.Add(new() { Type = condition, Status = "False", Reason = "X", Message = "what the node saw" });

        Assess(Status(1, 1, 0), pod).ShouldBe(new StepResult.Stalled(reason, message));
    }

    [Fact]
    public void What_the_node_found_out_about_a_pod_that_serves_is_no_failure()
    {
        var pod = Pod(ready: true, runningFor: TimeSpan.FromSeconds(6));
        pod.Status.Conditions.Add(new() { Type = "node.aerogrid.io/ProcessesWithinLimit", Status = "False", Reason = "X", Message = "y" });

        Assess(Status(2, 1, 1), pod).ShouldBeOfType<StepResult.Waiting>();
    }

    [Theory]
    [InlineData("ErrImagePull", "not found")]
    [InlineData("CreateContainerConfigError", "secret \"s\" not found")]
    public void A_container_that_cannot_start_says_why(string reason, string message)
    {
        var pod = Pod();
        pod.Status.ContainerStatuses[0].State = new() { Waiting = new() { Reason = reason, Message = message } };

        var result = Assess(Status(1, 1, 0), pod).ShouldBeOfType<StepResult.Stalled>();

        result.ShouldBe(new StepResult.Stalled("CannotStart", $"{reason}: {message}"));
    }

    [Fact]
    public void A_full_quota_is_told()
    {
        var status = Status(0, 0, 0);
        status.Conditions = [new() { Type = "ReplicaFailure", Status = "True", Reason = "FailedCreate", Message = "pods \"x\" is forbidden: exceeded quota: aerogrid" }];

        Assess(status).ShouldBeOfType<StepResult.Stalled>().Reason.ShouldBe("QuotaExceeded");
    }

    [Fact]
    public void A_Deployment_past_its_deadline_is_too_slow()
    {
        var status = Status(1, 1, 0);
        status.Conditions = [new() { Type = "Progressing", Status = "False", Reason = "ProgressDeadlineExceeded" }];

        Assess(status, Pod()).ShouldBeOfType<StepResult.Stalled>().Reason.ShouldBe("TooSlow");
    }

    [Fact]
    public void Crashes_of_old_pods_say_nothing_about_the_new_version()
    {
        var old = Pod(ended: new() { ExitCode = 1 });
        old.Metadata.Labels[Labels.Template] = "old";

        Assess(Status(2, 1, 0), old, Pod()).ShouldBeOfType<StepResult.Waiting>();
    }

    private static StepResult Assess(V1DeploymentStatus status, params V1Pod[] pods)
    {
        var run = Some.Run();
        var deployment = AppDeployment.Create(run);
        deployment.Metadata.Generation = 2;
        deployment.Status = status;
        foreach (var pod in pods)
            pod.Metadata.Labels.TryAdd(Labels.Template, AppDeployment.TemplateOf(deployment)!);
        return Assessment.Of(Rollout.Of(
            new()
            {
                App = run.App,
                Version = run.Version,
                Runtime = run.Runtime,
                TenantObject = run.TenantObject,
                Revisions = [],
                Deployment = deployment,
                Pods = pods,
            },
            Now,
            TimeSpan.FromSeconds(30)));
    }

    private static V1DeploymentStatus Status(int replicas, int updated, int available) => new()
    {
        ObservedGeneration = 2,
        Replicas = replicas,
        UpdatedReplicas = updated,
        AvailableReplicas = available,
    };

    private static V1Pod Pod(bool ready = false, TimeSpan? runningFor = null, V1ContainerStateTerminated? ended = null) => new()
    {
        Metadata = new() { Labels = new Dictionary<string, string>() },
        Status = new()
        {
            Conditions = [new() { Type = "Ready", Status = ready ? "True" : "False" }],
            ContainerStatuses =
            [
                new()
                {
                    Name = Names.AppContainer,
                    State = new()
                    {
                        Running = runningFor is { } time ? new() { StartedAt = Now.UtcDateTime - time } : null,
                        Terminated = ended,
                    },
                },
            ],
        },
    };
}
