using AeroGrid.Cli.Commands;
using AeroGrid.Cli.Deploy;

namespace AeroGrid.Cli.Tests.Deploy;

public sealed class AppFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("aerogrid-folder-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Files_come_sorted_with_slashes_and_without_caches_and_hidden_files()
    {
        Write("app.py", "print(1)");
        Write("lib/prices.py", "x = 1");
        Write("__pycache__/app.cpython-311.pyc", "x");
        Write(".git/config", "x");
        Write("venv/bin/python", "x");
        Write(".env", "SECRET=1");
        Write("aerogrid.yaml", "runtime: python-web");

        var app = AppFolder.Read(_folder);

        app.Files.Select(f => f.Path).ShouldBe(["app.py", "lib/prices.py"]);
        app.Settings.Runtime.ShouldBe("python-web");
    }

    [Fact]
    public void A_byte_order_mark_is_left_out()
    {
        File.WriteAllBytes(Path.Combine(_folder, "app.py"), [0xEF, 0xBB, 0xBF, (byte)'x']);

        AppFolder.Read(_folder).Files.Single().Content.ShouldBe("x");
    }

    [Fact]
    public void A_file_that_is_not_text_is_named()
    {
        Write("app.py", "print(1)");
        File.WriteAllBytes(Path.Combine(_folder, "logo.png"), [0x89, 0x50, 0x4E, 0x47, 0xFF]);

        Should.Throw<CommandException>(() => AppFolder.Read(_folder)).Message.ShouldStartWith("logo.png is not UTF-8 text");
    }

    [Fact]
    public void Sixty_five_files_are_refused()
    {
        for (var i = 0; i < 65; i++)
        {
            Write($"f{i}.py", "");
        }

        Should.Throw<CommandException>(() => AppFolder.Read(_folder)).Message.ShouldContain("more than 64 files");
    }

    [Fact]
    public void Two_mebibytes_are_refused_with_the_file_that_is_too_much()
    {
        Write("data.csv", new string('x', 2 * 1024 * 1024));

        Should.Throw<CommandException>(() => AppFolder.Read(_folder)).Message.ShouldContain("data.csv is 2048 KiB");
    }

    [Fact]
    public void A_missing_folder_an_empty_one_and_a_file_each_say_what_to_do()
    {
        Should.Throw<CommandException>(() => AppFolder.Read(Path.Combine(_folder, "nowhere"))).Message.ShouldContain("there is no folder");
        Should.Throw<CommandException>(() => AppFolder.Read(_folder)).Message.ShouldContain("at least app.py");
        Write("app.py", "");
        Should.Throw<CommandException>(() => AppFolder.Read(Path.Combine(_folder, "app.py"))).Message.ShouldContain("is a file");
    }

    [Fact]
    public void A_linked_folder_that_leads_to_itself_ends()
    {
        Write("app.py", "");
        Directory.CreateSymbolicLink(Path.Combine(_folder, "loop"), _folder);

        AppFolder.Read(_folder).Files.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("/tmp/My Orders_App/", "my-orders-app")]
    [InlineData("hello", "hello")]
    [InlineData("/tmp/--x--", "x")]
    public void The_name_of_an_app_is_made_from_its_folder(string folder, string name) => AppFolder.NameOf(folder).ShouldBe(name);

    [Theory]
    [InlineData("import aerogrid\n", true)]
    [InlineData("from aerogrid import App\n", true)]
    [InlineData("# import aerogrid\n", false)]
    [InlineData("import aerogrid_tools\n", false)]
    [InlineData("import http.server\n", false)]
    public void Only_an_app_that_imports_the_sdk_is_one_with_grids(string code, bool expected)
    {
        Write("app.py", code);

        AppFolder.Read(_folder).ImportsSdk().ShouldBe(expected);
    }

    [Theory]
    [InlineData("runtme: python\n", "line 1")]
    [InlineData("name: a\nname: b\n", "line 2")]
    [InlineData("replicas: many\n", "line 1")]
    public void A_mistake_in_aerogrid_yaml_is_named_with_its_line(string yaml, string where)
    {
        Write("app.py", "");
        Write("aerogrid.yaml", yaml);

        var message = Should.Throw<CommandException>(() => AppFolder.Read(_folder)).Message;
        message.ShouldContain("aerogrid.yaml");
        message.ShouldContain(where);
    }

    private void Write(string path, string content)
    {
        var file = Path.Combine(_folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
    }
}
