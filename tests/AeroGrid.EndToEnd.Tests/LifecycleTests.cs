using System.Net;
using System.Net.Sockets;
using AeroGrid.TestKit;

namespace AeroGrid.EndToEnd.Tests;

/// <summary>Starting, stopping, dying and coming back.</summary>
public sealed class LifecycleTests
{
    [Fact]
    public async Task After_a_kill_nine_the_next_up_brings_every_app_back()
    {
        await using var platform = await RunningPlatform.StartAsync();
        var app = UniqueName("survivor");
        await platform.DeployAsync(Stories.Folder(Stories.WebApp("survivor")), app);

        await platform.KillAsync();
        await platform.UpAsync();

        await platform.AnswersAsync($"/apps/demo/{app}/", "survivor", await platform.TokenAsync());
        var pods = await platform.KubectlAsync("get", "pods", "-n", "demo", "--no-headers");
        pods.ExitCode.ShouldBe(0, pods.ToString());
        await Eventually.Async(async () => (await ProcessesOfAppsAsync(app)).Length.ShouldBe(1));
    }

    [Fact]
    public async Task Sigterm_ends_it_cleanly_with_everything_it_started()
    {
        await using var platform = await RunningPlatform.StartAsync();
        var app = UniqueName("leaves");
        await platform.DeployAsync(Stories.Folder(Stories.WebApp("leaves")), app);
        (await ProcessesOfAppsAsync(app)).ShouldNotBeEmpty();

        (await platform.TerminateAsync()).ShouldBe(0, platform.Output);

        await Eventually.Async(async () => (await ProcessesOfAppsAsync(app)).ShouldBeEmpty());
    }

    [Fact]
    public async Task It_prints_what_a_newcomer_needs()
    {
        await using var platform = await RunningPlatform.StartAsync();

        await Eventually.Async(() =>
        {
            platform.Output.ShouldContain($"http://localhost:{platform.Port}");
            platform.Output.ShouldContain($"http://localhost:{platform.AppsPort}");
            platform.Output.ShouldContain($"export KUBECONFIG={platform.Kubeconfig}");
            platform.Output.ShouldContain("demo");
            return Task.CompletedTask;
        });
        File.GetUnixFileMode(platform.Kubeconfig).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task A_second_up_on_the_same_folder_is_one_clear_line_and_exit_code_1()
    {
        await using var platform = await RunningPlatform.StartAsync();

        var second = await Command.RunAsync(RunningPlatform.Launcher, ["up", "--data", platform.DataFolder, "--port", "0", "--apps-port", "0"]);

        ShouldBeOneLine(second, "already runs");
    }

    [Fact]
    public async Task A_taken_port_is_one_clear_line_and_exit_code_1()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var folder = Directory.CreateTempSubdirectory("aerogrid-e2e-").FullName;

        var result = await Command.RunAsync(RunningPlatform.Launcher, ["up", "--data", folder, "--port", $"{port}", "--apps-port", $"{RunningPlatform.FreePort()}"]);

        ShouldBeOneLine(result, $"port {port} is taken");
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task An_unwritable_folder_is_one_clear_line_and_exit_code_1()
    {
        // Not even root can make a folder beneath a file.
        var file = Path.GetTempFileName();

        var result = await Command.RunAsync(RunningPlatform.Launcher, ["up", "--data", Path.Combine(file, "data"), "--port", $"{RunningPlatform.FreePort()}"]);

        ShouldBeOneLine(result, "cannot be written");
        File.Delete(file);
    }

    // Processes are looked up by the app's name on the whole machine, where others may run platforms too.
    private static string UniqueName(string name) => $"{name}-{Guid.NewGuid():N}"[..20];

    private static void ShouldBeOneLine(CommandResult result, string text)
    {
        result.ExitCode.ShouldBe(1, result.ToString());
        result.Output.ShouldBeEmpty();
        result.Error.Trim().ShouldContain(text);
        result.Error.Trim().ShouldNotContain('\n');
    }

    /// <summary>Processes on this machine whose environment says that they are this app's Python.</summary>
    private static async Task<int[]> ProcessesOfAppsAsync(string app)
    {
        var found = new List<int>();
        foreach (var folder in Directory.GetDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), out var pid))
            {
                continue;
            }

            try
            {
                var environment = await File.ReadAllTextAsync(Path.Combine(folder, "environ"));
                var program = await File.ReadAllTextAsync(Path.Combine(folder, "comm"));
                if (program.StartsWith("python", StringComparison.Ordinal) && environment.Split('\0').Contains($"AEROGRID_APP={app}"))
                {
                    found.Add(pid);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The process ended while we looked, or is not ours to look at.
            }
        }

        return [.. found];
    }
}
