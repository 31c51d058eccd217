using AeroGrid.Operator.Images.Building;

using k8s.Models;

namespace AeroGrid.Operator.Tests.Images.Building;

/// <summary>What is done about dependencies that the registry does not have.</summary>
public sealed class BuildDecisionTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void Without_a_Job_the_first_is_started() => Decide().ShouldBe(new BuildDecision.Start(1));

    [Fact]
    public void A_Job_at_work_is_waited_for() => Decide([Job(1)]).ShouldBeOfType<BuildDecision.Wait>();

    [Fact]
    public void What_a_person_typed_wrong_is_not_tried_again()
    {
        var failure = Decide([Failed(1)], Ended("resolve", 1, """{"requirement":"nosuch==1","line":3,"reason":"NotFound","message":"no such package"}"""))
            .ShouldBeOfType<BuildDecision.GiveUp>().Failure;

        failure.ShouldBe(new BuildFailure("NotFound", "nosuch==1", "no such package", IsPermanent: true));
    }

    [Fact]
    public void An_index_that_does_not_answer_is_asked_again_after_a_pause() =>
        Decide([Failed(1, secondsAgo: 1)], Ended("resolve", 75, """{"requirement":null,"line":null,"reason":"Unavailable","message":"timed out"}"""))
            .ShouldBeOfType<BuildDecision.Pause>().Rest.ShouldBe(TimeSpan.FromSeconds(4));

    [Fact]
    public void Pauses_grow_and_come_to_an_end()
    {
        Decide([Failed(1, secondsAgo: 100), Failed(3, secondsAgo: 1)]).ShouldBeOfType<BuildDecision.Pause>().Rest.ShouldBe(TimeSpan.FromSeconds(19));
        Decide([Failed(3, secondsAgo: 21)]).ShouldBe(new BuildDecision.Start(4));
        Decide([Failed(200, secondsAgo: 301)]).ShouldBe(new BuildDecision.Start(201));
    }

    [Fact]
    public void A_registry_that_refuses_is_the_platforms_trouble_and_tried_again() =>
        Decide([Failed(1)], Ended("push", 1, """{"reason":"Failed","message":"401"}""")).ShouldBeOfType<BuildDecision.Pause>();

    [Fact]
    public void A_pod_that_vanished_is_tried_again() => Decide([Failed(1)]).ShouldBeOfType<BuildDecision.Pause>();

    [Fact]
    public void Too_long_is_too_long_the_next_time_too()
    {
        var job = Failed(1);
        job.Status.Conditions[0].Reason = "DeadlineExceeded";

        Decide([job]).ShouldBeOfType<BuildDecision.GiveUp>().Failure.Reason.ShouldBe("Timeout");
    }

    [Fact]
    public void Too_much_memory_is_not_tried_again()
    {
        var pod = Ended("resolve", 137, null);
        pod.Status.InitContainerStatuses[0].State.Terminated.Reason = "OOMKilled";

        Decide([Failed(1)], pod).ShouldBeOfType<BuildDecision.GiveUp>().Failure.Reason.ShouldBe("OutOfMemory");
    }

    [Fact]
    public void A_build_that_succeeded_whose_image_is_gone_is_made_again()
    {
        var job = Job(1);
        job.Status = new() { Conditions = [Condition("Complete", 60)], CompletionTime = Now.UtcDateTime - TimeSpan.FromSeconds(60) };

        Decide([job]).ShouldBe(new BuildDecision.Start(2));
    }

    [Fact]
    public void Credentials_of_an_index_are_not_told() =>
        Decide([Failed(1)], Ended("resolve", 1, """{"reason":"Failed","message":"could not fetch https://user:secret@index/simple"}"""))
            .ShouldBeOfType<BuildDecision.GiveUp>().Failure.Message.ShouldBe("could not fetch https://index/simple");

    [Fact]
    public void What_a_build_says_beside_the_contract_is_not_believed() =>
        Decide([Failed(1)], Ended("resolve", 1, "Traceback (most recent call last):")).ShouldBeOfType<BuildDecision.Pause>();

    private static BuildDecision Decide(V1Job[]? jobs = null, params V1Pod[] pods) => BuildDecision.Of(jobs ?? [], _ => pods, Now);

    private static V1Job Job(int attempt) => new()
    {
        Metadata = new() { Name = $"demo-{attempt}", Labels = new Dictionary<string, string> { [BuildJob.AttemptLabel] = $"{attempt}" } },
    };

    private static V1Job Failed(int attempt, int secondsAgo = 0)
    {
        var job = Job(attempt);
        job.Status = new() { Conditions = [Condition("Failed", secondsAgo)] };
        return job;
    }

    private static V1JobCondition Condition(string type, int secondsAgo) =>
        new() { Type = type, Status = "True", LastTransitionTime = Now.UtcDateTime - TimeSpan.FromSeconds(secondsAgo) };

    private static V1Pod Ended(string container, int exitCode, string? message)
    {
        var status = new V1ContainerStatus { Name = container, State = new() { Terminated = new() { ExitCode = exitCode, Message = message } } };
        return new()
        {
            Status = container == "resolve" ? new() { InitContainerStatuses = [status] } : new() { ContainerStatuses = [status] },
        };
    }
}
