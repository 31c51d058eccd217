using AeroGrid.Cli.Up;

namespace AeroGrid.Cli.Tests.Up;

public sealed class DataFolderTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("aerogrid-data-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A_new_folder_belongs_to_its_owner_alone()
    {
        using var data = DataFolder.Open(Path.Combine(_root, "new"));

        File.GetUnixFileMode(data.Path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Fact]
    public void A_second_platform_on_the_folder_is_refused_until_the_first_is_gone()
    {
        using (DataFolder.Open(_root))
        {
            Should.Throw<StartupException>(() => DataFolder.Open(_root)).Message.ShouldContain("already runs");
        }

        using var again = DataFolder.Open(_root);
    }

    [Fact]
    public void Credentials_survive_and_a_damaged_file_is_refused()
    {
        var first = Credentials.LoadOrCreate(_root);
        Credentials.LoadOrCreate(_root).ShouldBe(first);

        File.WriteAllText(Path.Combine(_root, "credentials.json"), "{");
        Should.Throw<StartupException>(() => Credentials.LoadOrCreate(_root)).Message.ShouldContain("damaged");
    }
}
