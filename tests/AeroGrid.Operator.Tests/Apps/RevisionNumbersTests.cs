using AeroGrid.Api;
using AeroGrid.Operator.Apps;
using AeroGrid.Operator.Tests.Fixtures;

namespace AeroGrid.Operator.Tests.Apps;

public sealed class RevisionNumbersTests
{
    [Fact]
    public void The_first_version_is_1() => new RevisionNumbers().For(Run("a")).ShouldBe((1, true));

    [Fact]
    public void A_version_that_is_the_newest_keeps_its_number() => new RevisionNumbers().For(Run("b", ("a", 1), ("b", 2))).ShouldBe((2, false));

    [Fact]
    public void Going_back_to_a_version_gives_it_the_next_number() => new RevisionNumbers().For(Run("a", ("a", 1), ("b", 2))).ShouldBe((3, true));

    [Fact]
    public void A_cache_that_lags_behind_gives_no_number_twice()
    {
        var numbers = new RevisionNumbers();
        numbers.Written(Run("b", ("a", 1)), 2);

        numbers.For(Run("c", ("a", 1))).ShouldBe((3, true));
        numbers.For(Run("b", ("a", 1))).ShouldBe((2, false));
    }

    private static AppRun Run(string version, params (string Version, long Number)[] revisions)
    {
        var run = Some.Run();
        return new()
        {
            App = run.App,
            Version = version,
            Runtime = run.Runtime,
            TenantObject = run.TenantObject,
            Pods = [],
            Revisions = [.. revisions.Select(revision => new RevisionSummary
            {
                Metadata = new() { Labels = new Dictionary<string, string> { [Labels.Version] = revision.Version } },
                Revision = revision.Number,
            })],
        };
    }
}
