using AeroGrid.Operator.Images.Building;
using AeroGrid.Operator.Tests.Fixtures;

namespace AeroGrid.Operator.Tests.Images.Building;

public sealed class BuildJobTests
{
    private static readonly BuildPlan Plan = new(
        "demo",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        1,
        "flask==3.1.0\n",
        Some.RuntimeImage,
        "registry.aerogrid.local/demo/dependencies:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        AllowSourceBuilds: false,
        "https://index/simple",
        TimeSpan.FromMinutes(5));

    [Fact]
    public void Job() => GoldenJson.Matches(BuildJob.Create(Plan, Some.Options), "Images/Building/golden/job");

    [Fact]
    public void Source() => GoldenJson.Matches(BuildJob.Source(Plan), "Images/Building/golden/configmap");

    [Fact]
    public void The_longest_names_of_tenants_still_give_a_name_of_a_Job() =>
        (Plan with { Tenant = new string('t', 40), Attempt = 99 }).Name.Length.ShouldBeLessThanOrEqualTo(63);
}
