using System.Diagnostics;
using AeroGrid.TestKit;

namespace AeroGrid.Repository.Tests;

/// <summary>What reviewers would otherwise have to look for by hand.</summary>
public sealed class HygieneTests
{
    private static readonly string[] RootFiles =
    [
        ".editorconfig", ".gitattributes", ".gitignore", "aerogrid", "AeroGrid.slnx", "ARCHITECTURE.md", "CONTRIBUTING.md",
        "Directory.Build.props", "Directory.Packages.props", "global.json", "LICENSE", "README.md", "test.sh",
    ];

    [Fact]
    public async Task The_root_holds_only_what_a_newcomer_needs()
    {
        var tracked = await TrackedFilesAsync();
        tracked.Where(f => !f.Contains('/')).ShouldBeSubsetOf(RootFiles);
    }

    [Fact]
    public async Task No_unfinished_work_is_committed()
    {
        // Written in two parts, so that this file does not find itself.
        string[] marks = ["TO" + "DO", "FIX" + "ME", "NotImplemented" + "Exception", "Thread." + "Sleep"];
        var found =
            from file in await TrackedFilesAsync()
            where Path.GetExtension(file) is ".cs" or ".py" or ".ts" or ".tsx" or ".sh"
            let path = Path.Combine(Tools.RepositoryRoot, file)
            where File.Exists(path)
            from line in File.ReadLines(path).Select((text, index) => (text, number: index + 1))
            where marks.Any(mark => line.text.Contains(mark, StringComparison.Ordinal))
            select $"{file}:{line.number}: {line.text.Trim()}";

        found.ShouldBeEmpty();
    }

    private static async Task<string[]> TrackedFilesAsync()
    {
        Assert.SkipUnless(Tools.Has("git") && Path.Exists(Path.Combine(Tools.RepositoryRoot, ".git")), "not a git checkout");
        using var git = Process.Start(new ProcessStartInfo("git", ["-C", Tools.RepositoryRoot, "ls-files", "-z"])
        {
            RedirectStandardOutput = true,
        })!;
        var output = await git.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await git.WaitForExitAsync(TestContext.Current.CancellationToken);
        git.ExitCode.ShouldBe(0);
        return output.Split('\0', StringSplitOptions.RemoveEmptyEntries);
    }
}
