using System.Text.RegularExpressions;
using System.Xml.Linq;
using AeroGrid.TestKit;

namespace AeroGrid.Repository.Tests;

/// <summary>Who may know whom: the code map of ARCHITECTURE.md holds in the project files.</summary>
public sealed partial class ProjectReferencesTests
{
    private static readonly string[] Projects =
        [.. new[] { "src", "clients" }
            .SelectMany(folder => Directory.GetFiles(Path.Combine(Tools.RepositoryRoot, folder), "*.csproj", SearchOption.AllDirectories))
            .Order(StringComparer.Ordinal)];

    [Fact]
    public void Every_project_references_only_what_the_code_map_allows()
    {
        var allowed = ReadCodeMap();
        var violations =
            from project in Projects
            let name = Path.GetFileNameWithoutExtension(project)
            where name != "AeroGrid.Cli"
            from reference in ReferencesOf(project)
            where !allowed[name].Contains(reference)
            select $"{name} references {reference}";

        violations.ShouldBeEmpty();
    }

    [Fact]
    public void The_code_map_and_the_folders_name_the_same_projects()
    {
        var folders = Projects.Select(Path.GetFileNameWithoutExtension).ToHashSet();
        ReadCodeMap().Keys.ShouldBe(folders!, ignoreOrder: true);
    }

    [Fact]
    public void The_solution_holds_every_project()
    {
        var listed = XDocument.Load(Path.Combine(Tools.RepositoryRoot, "AeroGrid.slnx"))
            .Descendants("Project").Select(p => (string)p.Attribute("Path")!).ToHashSet();
        var existing = new[] { "src", "clients", "tests", "bench", "tools" }
            .Select(folder => Path.Combine(Tools.RepositoryRoot, folder))
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.GetFiles(folder, "*.csproj", SearchOption.AllDirectories))
            .Select(file => Path.GetRelativePath(Tools.RepositoryRoot, file));

        listed.ShouldBe(existing, ignoreOrder: true);
    }

    [Fact]
    public void Package_versions_are_exact_and_no_previews()
    {
        var versions = XDocument.Load(Path.Combine(Tools.RepositoryRoot, "Directory.Packages.props"))
            .Descendants("PackageVersion")
            .Select(p => (Id: (string)p.Attribute("Include")!, Version: (string)p.Attribute("Version")!));

        versions.Where(p => !ExactVersion().IsMatch(p.Version)).ShouldBeEmpty();
    }

    /// <summary>Rows such as <c>| `src/AeroGrid.Node` | … | ControllerRuntime, Oci |</c>.</summary>
    private static Dictionary<string, HashSet<string>> ReadCodeMap() =>
        File.ReadLines(Path.Combine(Tools.RepositoryRoot, "ARCHITECTURE.md"))
            .Select(line => CodeMapRow().Match(line))
            .Where(row => row.Success)
            .ToDictionary(
                row => row.Groups["name"].Value,
                row => row.Groups["refs"].Value.Split(',', StringSplitOptions.TrimEntries).Select(r => "AeroGrid." + r).ToHashSet());

    private static IEnumerable<string> ReferencesOf(string project) =>
        XDocument.Load(project).Descendants("ProjectReference")
            .Select(r => Path.GetFileNameWithoutExtension(((string)r.Attribute("Include")!).Replace('\\', '/')));

    [GeneratedRegex(@"^\| `(src|clients/dotnet)/(?<name>AeroGrid\.\w+)` \|.*\| (?<refs>[^|]+) \|$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex CodeMapRow();

    [GeneratedRegex(@"^\d+\.\d+\.\d+(\.\d+)?$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex ExactVersion();
}
