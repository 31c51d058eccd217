using AeroGrid.Api.Apps;
using AeroGrid.Operator.Tests.Fixtures;
using AeroGrid.TestKit;

namespace AeroGrid.Operator.Tests;

/// <summary>Two operators at once.</summary>
[Collection("platform")]
public sealed class LeadershipTests(PlatformFixture platform)
{
    [Fact]
    public async Task Of_two_operators_one_works_and_the_other_takes_over()
    {
        await platform.SaveAsync("led", "print(1)");
        await platform.AppAsync("led", AppPhase.Running);
        using var stop = new CancellationTokenSource();
        await using var second = new OperatorHost(platform.Options);
        var running = second.RunAsync(stop.Token);
        await second.WaitForReadyAsync();
        second.IsLeader.ShouldBeFalse();

        await platform.StopOperatorAsync();
        await Eventually.True(() => second.IsLeader, "the second operator takes over");

        await platform.SaveAsync("led", "print(2)");
        await platform.AppAsync("led", app => (app.Status!.Phase, app.Status.Revision).ShouldBe((AppPhase.Running, 2)));

        await platform.StartOperatorAsync();
        await stop.CancelAsync();
        await running;
        await platform.SaveAsync("led", "print(3)");
        await platform.AppAsync("led", app => (app.Status!.Phase, app.Status.Revision).ShouldBe((AppPhase.Running, 3)));
    }
}
