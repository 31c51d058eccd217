using AeroGrid.ControllerRuntime.Objects;
using k8s.Models;
using Microsoft.Extensions.Time.Testing;

namespace AeroGrid.ControllerRuntime.Tests.Objects;

public sealed class ConditionsTests
{
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, 500, TimeSpan.Zero));
    private readonly List<V1Condition> conditions = [];

    [Fact]
    public void The_time_of_transition_moves_with_the_status_only()
    {
        Set(false, "Starting").ShouldBeTrue();
        var first = conditions.Single().LastTransitionTime;
        first.ShouldBe(new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        time.Advance(TimeSpan.FromMinutes(1));
        Set(false, "Waiting").ShouldBeTrue();
        conditions.Single().LastTransitionTime.ShouldBe(first);
        Set(true, "Serving").ShouldBeTrue();
        conditions.Single().LastTransitionTime.ShouldBe(first.AddMinutes(1));
    }

    [Fact]
    public void Setting_the_same_again_is_no_change()
    {
        Set(true, "Serving", generation: 3);
        time.Advance(TimeSpan.FromMinutes(1));
        Set(true, "Serving", generation: 3).ShouldBeFalse();
        Set(true, "Serving", generation: 4).ShouldBeTrue();
        conditions.Count.ShouldBe(1);
    }

    [Fact]
    public void Unknown_is_neither_true_nor_false()
    {
        Set(null, "Asking");
        conditions.Single().Status.ShouldBe("Unknown");
        (Conditions.IsTrue(conditions, "Ready"), Conditions.IsFalse(conditions, "Ready")).ShouldBe((false, false));
        (Conditions.IsTrue(null, "Ready"), Conditions.IsFalse(conditions, "Other")).ShouldBe((false, false));
        Conditions.Remove(conditions, "Ready").ShouldBeTrue();
        Conditions.Remove(conditions, "Ready").ShouldBeFalse();
    }

    [Fact]
    public void A_reason_is_required() => Should.Throw<ArgumentException>(() => Set(true, ""));

    private bool Set(bool? status, string reason, long? generation = null) =>
        Conditions.Set(conditions, "Ready", status, reason, observedGeneration: generation, timeProvider: time);
}
