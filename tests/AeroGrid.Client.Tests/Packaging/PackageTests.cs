using System.IO.Compression;
using System.Xml.Linq;
using AeroGrid.Client.Tests.Support;
using AeroGrid.TestKit;

namespace AeroGrid.Client.Tests.Packaging;

/// <summary>The package is what a program of somebody else can use: packed, restored into an empty project, and run against a server.</summary>
public sealed class PackageTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("aerogrid-package-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_new_console_project_restores_the_package_and_reads_a_grid()
    {
        await using var server = await ScriptedGrids.StartAsync();
        server.Then(c => c.SnapshotAsync("e1", 1, ("apples", 5), ("pears", 7)));
        var package = await PackAsync();
        Check(package);
        Write("app/app.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings><Nullable>enable</Nullable>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <RestorePackagesPath>{_folder}/packages</RestorePackagesPath>
                <RestoreFallbackFolders>{GlobalPackages}</RestoreFallbackFolders>
              </PropertyGroup>
              <ItemGroup><PackageReference Include="AeroGrid.Client" Version="0.1.0" /></ItemGroup>
            </Project>
            """);
        Write("nuget.config", $"""<configuration><packageSources><add key="packed" value="{_folder}/feed" /></packageSources></configuration>""");
        Write("app/Program.cs", """
            using AeroGrid.Client;
            using AeroGrid.Client.Tokens;

            using var client = new AeroGridClient(new() { ApiUrl = new Uri("http://localhost:8000"), Tokens = new StaticTokenProvider(apps: "token") });
            var snapshot = await client.Grids(new Uri(args[0])).SnapshotAsync("product_sum");
            Console.WriteLine(string.Join(' ', snapshot.Rows.Select(r => $"{r.Key}={r.Cells[0].Int64}")));
            """);

        var result = await Command.RunAsync("dotnet", ["run", "--project", Path.Combine(_folder, "app"), "--", server.Url.ToString()], new() { ["RunAnalyzers"] = "false" });

        result.ExitCode.ShouldBe(0, result.ToString());
        result.Output.Trim().ShouldBe("apples=5 pears=7");
    }

    private static string GlobalPackages =>
        Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget/packages");

    private async Task<string> PackAsync()
    {
        // The build that these tests run with.
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        var result = await Command.RunAsync(
            "dotnet",
            ["pack", Path.Combine(Tools.RepositoryRoot, "clients/dotnet/AeroGrid.Client"), "--no-build", "-c", configuration, "-o", Path.Combine(_folder, "feed"), "-nologo"]);
        result.ExitCode.ShouldBe(0, result.ToString());
        return Directory.GetFiles(Path.Combine(_folder, "feed"), "*.nupkg").Single();
    }

    private static void Check(string package)
    {
        using var archive = ZipFile.OpenRead(package);
        var files = archive.Entries.Select(e => e.FullName).ToList();
        new[] { "README.md", "lib/net10.0/AeroGrid.Client.dll", "lib/net10.0/AeroGrid.Client.xml" }.ShouldBeSubsetOf(files);
        using var specification = archive.GetEntry("AeroGrid.Client.nuspec")!.Open();
        var metadata = XDocument.Load(specification).Root!.Elements().Single();
        string Value(string name) => metadata.Elements().Single(e => e.Name.LocalName == name).Value;
        (Value("id"), Value("version"), Value("license"), Value("readme")).ShouldBe(("AeroGrid.Client", "0.1.0", "Apache-2.0", "README.md"));
        metadata.Descendants().Where(e => e.Name.LocalName == "dependency").Select(e => (string)e.Attribute("id")!)
            .ShouldBe(
                // The last one is what gRPC needs: its version is pinned centrally.
                ["Google.Protobuf", "Grpc.Net.Client", "Grpc.Net.Client.Web", "Microsoft.Extensions.Logging.Abstractions"],
                ignoreOrder: true,
                "nothing of the server, and no analyzers");
    }

    private void Write(string file, string content)
    {
        var path = Path.Combine(_folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }
}
