using AeroGrid.Node.Controllers.Deployments;

namespace AeroGrid.Node.Tests.Controllers.Deployments;

public sealed class RollingUpdateTests
{
    [Theory]
    [InlineData(null, null, 10, 3, 2)]
    [InlineData(null, null, 1, 1, 0)]
    [InlineData("1", "0", 3, 1, 0)]
    [InlineData("0", "50%", 3, 0, 1)]
    [InlineData("100%", "100%", 3, 3, 3)]
    [InlineData("0%", "10%", 3, 0, 1)]
    [InlineData("0", "5", 3, 0, 3)]
    public void Percentages_round_up_for_surge_and_down_for_unavailable(
        string? surge, string? unavailable, int replicas, int expectedSurge, int expectedUnavailable) =>
        RollingUpdate.Of(Objects.Deployment(replicas, surge, unavailable)).ShouldBe(new RollingUpdate(expectedSurge, expectedUnavailable));

    [Fact]
    public void Recreate_has_neither_surge_nor_unavailable()
    {
        var deployment = Objects.Deployment();
        deployment.Spec.Strategy.Type = "Recreate";
        RollingUpdate.Of(deployment).ShouldBe(default);
    }
}
