using AeroGrid.Node.Kubelet;

namespace AeroGrid.Node.Tests.Kubelet;

public sealed class CrashBackoffTests
{
    [Fact]
    public void Pauses_double_from_ten_seconds_to_five_minutes()
    {
        var backoff = new CrashBackoff();
        Enumerable.Range(0, 8).Select(_ => backoff.Next(TimeSpan.FromSeconds(1)).TotalSeconds).ShouldBe([0, 10, 20, 40, 80, 160, 300, 300]);
    }

    [Fact]
    public void A_run_of_ten_minutes_begins_anew()
    {
        var backoff = new CrashBackoff();
        for (var i = 0; i < 5; i++)
            backoff.Next(TimeSpan.Zero);

        backoff.Next(TimeSpan.FromMinutes(10)).ShouldBe(TimeSpan.Zero);
        backoff.Next(TimeSpan.FromMinutes(9.9)).ShouldBe(TimeSpan.FromSeconds(10));
    }
}
