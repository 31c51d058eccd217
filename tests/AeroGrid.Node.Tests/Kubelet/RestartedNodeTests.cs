using AeroGrid.TestKit;

namespace AeroGrid.Node.Tests.Kubelet;

/// <summary>A node that starts again on its folder.</summary>
public sealed class RestartedNodeTests(NodeFixture fixture)
{
    [Fact]
    public async Task A_node_never_takes_its_own_trial_of_the_sandbox_for_a_leftover()
    {
        Assert.SkipUnless(Tools.Has("bwrap"), "bwrap is not installed");
        var folder = Directory.CreateTempSubdirectory("aerogrid-restarted-").FullName;
        var options = fixture.Options with { DataFolder = Path.Combine(folder, "node"), NodeName = "restarted" };

        // The cleaning up and the trial once ran side by side, and one start in four lost its sandbox.
        for (var start = 0; start < 12; start++)
        {
            await using var node = new NodeAgent(options);
            await node.StartAsync();
            node.Weaknesses.ShouldBe(fixture.Node.Weaknesses);
        }

        Directory.Delete(folder, recursive: true);
    }
}
