using AeroGrid.Cli.Connection;

namespace AeroGrid.Cli.Tests.Connection;

public sealed class PlatformFileTests : IDisposable
{
    private static readonly PlatformFile Sample = new(
        new Uri("http://localhost:8000"), new Uri("http://localhost:8080"), new Uri("http://localhost:8000/identity"), 42, DateTimeOffset.UnixEpoch, "0.1.0");

    private readonly string _folder = Directory.CreateTempSubdirectory("aerogrid-platform-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_was_written_is_read()
    {
        Sample.Write(_folder);

        PlatformFile.Read(_folder).ShouldBe(Sample);
        File.GetUnixFileMode(PlatformFile.PathIn(_folder)).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public void Broker_and_runner_are_kept_and_may_be_missing()
    {
        var full = Sample with { Broker = "127.0.0.1:9092", Runner = "/opt/aerogrid/AeroGrid.Runner" };
        full.Write(_folder);
        PlatformFile.Read(_folder).ShouldBe(full);

        Sample.Write(_folder);
        File.ReadAllText(PlatformFile.PathIn(_folder)).ShouldNotContain("broker");
        PlatformFile.Read(_folder)!.Broker.ShouldBeNull();
    }

    [Fact]
    public void There_is_none_where_no_platform_has_run() => PlatformFile.Read(Path.Combine(_folder, "nowhere")).ShouldBeNull();

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("{\"apiUrl\":\"http://localhost:8000\"}")]
    public void A_damaged_file_is_named(string content)
    {
        File.WriteAllText(PlatformFile.PathIn(_folder), content);

        Should.Throw<InvalidDataException>(() => PlatformFile.Read(_folder)).Message.ShouldContain("platform.json");
    }
}
