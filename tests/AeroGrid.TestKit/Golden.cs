using Shouldly;

namespace AeroGrid.TestKit;

/// <summary>
/// Compares text with a file that is kept in the repository. <c>UPDATE_GOLDEN=1</c> writes the file instead, and the diff is what a
/// reviewer reads.
/// </summary>
public static class Golden
{
    /// <summary>Whether files are written instead of compared.</summary>
    public static bool Updates { get; } = Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1";

    /// <summary>Compares a text with a file, whose path is relative to the repository's root.</summary>
    public static void Matches(string actual, string file)
    {
        var path = Path.Combine(Tools.RepositoryRoot, file);
        if (Updates)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual);
            return;
        }

        File.Exists(path).ShouldBeTrue($"{file} is missing: run this test with UPDATE_GOLDEN=1");
        actual.ShouldBe(File.ReadAllText(path), $"{file} is out of date: run this test with UPDATE_GOLDEN=1 and read the diff");
    }
}
