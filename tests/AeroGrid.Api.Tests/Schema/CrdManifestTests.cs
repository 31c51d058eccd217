using AeroGrid.Api.Schema;
using AeroGrid.TestKit;

namespace AeroGrid.Api.Tests.Schema;

/// <summary>deploy/crds is what the C# types say.</summary>
public sealed class CrdManifestTests
{
    public static TheoryData<string> Kinds => [.. CrdGenerator.Kinds.Select(kind => kind.Name)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_committed_manifest_is_what_the_types_say(string name)
    {
        var kind = CrdGenerator.Kinds.Single(kind => kind.Name == name);

        Golden.Matches(CrdGenerator.ToYaml(kind), $"deploy/crds/{CrdGenerator.FileName(kind)}");
    }

    [Fact]
    public void There_is_no_manifest_without_a_type()
    {
        var files = Directory.GetFiles(Path.Combine(Tools.RepositoryRoot, "deploy/crds"), "*.yaml").Select(Path.GetFileName);

        files.ShouldBe(CrdGenerator.Kinds.Select(CrdGenerator.FileName), ignoreOrder: true);
    }
}
