using System.Diagnostics;

using AeroGrid.Runner.Tests.Support;
using AeroGrid.TestKit;

namespace AeroGrid.Runner.Tests.Hosting;

/// <summary>The program itself.</summary>
public sealed class ExecutableTests
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "aerogrid-runner");

    [Fact]
    public async Task Help_names_every_variable()
    {
        var result = await Command.RunAsync(Program, ["--help"]);
        result.ExitCode.ShouldBe(0);
        foreach (var name in (string[])["PORT", "PORT_GRPC", "AEROGRID_APP", "AEROGRID_GRID_MEMORY_MB", "KAFKA_SOME_NAME"])
            result.Output.ShouldContain(name);
    }

    [Fact]
    public async Task A_wrong_setting_is_named()
    {
        var result = await Command.RunAsync(Program, ["--", "true"], new() { ["PORT"] = "none" });
        result.ExitCode.ShouldBe(2);
        result.Error.ShouldContain("aerogrid: PORT is \"none\"; it must be a whole number from 1 to 65535.");
    }

    [Fact]
    public async Task The_last_output_of_an_app_that_fails_at_once_is_its_own()
    {
        var result = await Command.RunAsync(Program, ["--", "/usr/bin/python3", "-c", "raise ValueError('first line')"], Environment());
        result.ExitCode.ShouldBe(1);
        result.Error.ShouldContain("ValueError: first line");
        result.Error.ShouldContain("aerogrid: The app's process ended with exit code 1; its output says why.");
    }

    [Fact]
    public async Task Kill_9_of_the_runner_ends_the_app()
    {
        var (runner, child) = await StartAsync();
        runner.Kill();
        await Eventually.True(() => !Path.Exists($"/proc/{child}"), "the app still runs");
        runner.Dispose();
    }

    [Fact]
    public async Task SIGTERM_ends_both_with_0()
    {
        var (runner, child) = await StartAsync();
        (await Command.RunAsync("kill", ["-TERM", $"{runner.Id}"])).ExitCode.ShouldBe(0);
        await runner.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(10));
        runner.ExitCode.ShouldBe(0);
        Path.Exists($"/proc/{child}").ShouldBeFalse();
        runner.Dispose();
    }

    private static async Task<(Process Runner, int Child)> StartAsync()
    {
        var environment = Environment();
        var script = Path.Combine(AppContext.BaseDirectory, "Children", "child.py");
        var start = new ProcessStartInfo(Program, ["--", "/usr/bin/python3", script, "hello(grids=[grid('g', 'pid')]); change('g', {'k': [os.getpid()]}); idle()"]);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var runner = Process.Start(start)!;
        using var http = new HttpClient(new SocketsHttpHandler());
        var child = await Eventually.Async(async () =>
        {
            var rows = await http.GetStringAsync($"http://127.0.0.1:{environment["PORT"]}/grids/g?shape=rows&key=k");
            return System.Text.Json.JsonDocument.Parse(rows).RootElement[0].GetProperty("pid").GetInt32();
        });
        return (runner, child);
    }

    private static Dictionary<string, string> Environment() => new() { ["PORT"] = $"{TestRunner.FreePort()}", ["AEROGRID_ADDRESS"] = "127.0.0.1" };
}
