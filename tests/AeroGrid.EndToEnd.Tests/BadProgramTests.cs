using System.Diagnostics;
using System.Net;
using AeroGrid.TestKit;

namespace AeroGrid.EndToEnd.Tests;

/// <summary>Programs that do not serve: each gets its reason from <c>deploy</c> and in the App's status, and the version before goes on serving.</summary>
[Collection("platform")]
public sealed class BadProgramTests(PlatformFixture fixture)
{
    private const string ListenOnPort =
        "import http.server, os\nserver = http.server.ThreadingHTTPServer(('127.0.0.1', int(os.environ['PORT'])), http.server.SimpleHTTPRequestHandler)\n";

    private readonly RunningPlatform _platform = fixture.Platform;

    [Fact]
    public async Task A_syntax_error_is_shown_with_its_line()
    {
        var message = await FailsAsync("syntax", "import os\ndef answer(:\n    return 1\n", "Crashed", TimeSpan.FromSeconds(15));

        message.ShouldContain("app.py ended with exit code 1");
        message.ShouldContain("line 2");
        message.ShouldContain("SyntaxError");
    }

    [Fact]
    public async Task A_program_that_ends_at_once_is_told_that_a_server_goes_on_running()
    {
        var message = await FailsAsync("ends", "print('done')\n", "Crashed", TimeSpan.FromSeconds(15));

        message.ShouldContain("app.py ended by itself (exit code 0): a program that serves goes on running and listens on $PORT");
    }

    [Fact]
    public async Task A_program_that_crashes_after_it_was_ready_fails_with_its_last_words_while_the_version_before_serves()
    {
        // It is ready for a moment only: whether the roll-out or the crash comes first, the end is the same.
        await _platform.DeployAsync(Stories.Folder(Stories.WebApp("before")), "crashes");
        var program = ListenOnPort + "import threading, time\nthreading.Thread(target=server.serve_forever, daemon=True).start()\ntime.sleep(1)\nraise RuntimeError('the pump has failed')\n";

        await _platform.CliAsync("deploy", Stories.Folder(program), "--name", "crashes", "--wait");

        await Eventually.Async(async () =>
        {
            var (reason, message) = await ReadyConditionAsync("crashes");
            reason.ShouldBe("Crashed");
            message.ShouldContain("RuntimeError: the pump has failed");
        });
        await _platform.DeployAsync(Stories.Folder(Stories.WebApp("mended")), "crashes");
        (await _platform.GetAsync("/apps/demo/crashes/", await _platform.TokenAsync())).Body.ShouldBe("mended");
    }

    [Fact]
    public async Task A_program_that_never_listens_is_told_about_PORT()
    {
        var message = await FailsAsync("mute", "import time\ntime.sleep(1000)\n", "NotListening", TimeSpan.FromSeconds(50));

        message.ShouldContain("app.py never listened on $PORT");
    }

    [Fact]
    public async Task A_program_that_listens_on_another_port_is_told_both_ports_long_before_time_runs_out()
    {
        var port = RunningPlatform.FreePort();

        var message = await FailsAsync(
            "elsewhere", $"import http.server\nhttp.server.HTTPServer(('0.0.0.0', {port}), http.server.SimpleHTTPRequestHandler).serve_forever()\n", "WrongPort", TimeSpan.FromSeconds(15));

        message.ShouldMatch($@"the program listens on port {port} and not on port \d+, which the environment variable PORT names");
    }

    [Fact]
    public async Task A_fork_bomb_is_bounded_told_and_disturbs_nobody()
    {
        await _platform.DeployAsync(Stories.Folder(Stories.WebApp("undisturbed")), "neighbour");
        var message = await FailsAsync(
            "bomb",
            "import os, time\nwhile True:\n    try: os.fork()\n    except OSError: time.sleep(0.5)\n",
            "TooManyProcesses",
            TimeSpan.FromSeconds(30),
            duringAsync: () => AnswersQuicklyAsync("neighbour", "undisturbed"));

        message.ShouldContain("its limit of 512 processes and threads");
    }

    [Fact]
    public async Task A_program_that_takes_all_memory_is_told_its_limit()
    {
        await _platform.DeployAsync(Stories.Folder(Stories.WebApp("undisturbed")), "frugal");
        var message = await FailsAsync(
            "greedy", "hoard = []\nwhile True: hoard.append(bytearray(8 << 20))\n", "OutOfMemory", TimeSpan.FromSeconds(20), duringAsync: () => AnswersQuicklyAsync("frugal", "undisturbed"));

        message.ShouldContain("memory limit of 256Mi");
    }

    [Fact]
    public async Task A_gigabyte_of_output_leaves_the_disk_and_the_platform_alone()
    {
        await _platform.DeployAsync(Stories.Folder(Stories.WebApp("quiet")), "quiet");
        var program = ListenOnPort
            + "import threading\nthreading.Thread(target=server.serve_forever, daemon=True).start()\n"
            + "block = (b'x' * 99 + b'\\n') * 1000\nwritten = 0\nwhile written < 1 << 30: written += os.write(1, block)\nprint('all written', flush=True)\nthreading.Event().wait()\n";
        await _platform.DeployAsync(Stories.Folder(program), "loud");
        var logs = Path.Combine(_platform.DataFolder, "node", "logs");

        await Eventually.Async(
            async () =>
            {
                Directory.GetFiles(logs, "*", SearchOption.AllDirectories).Where(file => file.Contains("demo_loud", StringComparison.Ordinal)).Sum(file => new FileInfo(file).Length)
                    .ShouldBeLessThan(40 << 20);
                await AnswersQuicklyAsync("quiet", "quiet");
                (await _platform.KubectlAsync("logs", "-n", "demo", "deployment/loud", "--tail=1")).Output.ShouldBe("all written\n");
            },
            TimeSpan.FromMinutes(3));

        var memory = File.ReadLines($"/proc/{_platform.ProcessId}/status").First(line => line.StartsWith("VmRSS", StringComparison.Ordinal));
        int.Parse(memory.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture).ShouldBeLessThan(600 * 1024, memory);
        await _platform.CliAsync("delete", "loud");
    }

    /// <summary>Deploys a good version and then a bad one; returns what the person is told.</summary>
    private async Task<string> FailsAsync(string name, string program, string reason, TimeSpan within, Func<Task>? duringAsync = null)
    {
        await _platform.DeployAsync(Stories.Folder(Stories.WebApp("still here")), name);
        var begun = Stopwatch.StartNew();

        var deploying = _platform.CliAsync("deploy", Stories.Folder(program), "--name", name, "--wait");
        do
        {
            if (duringAsync is not null)
                await duringAsync();
        }
        while (await Task.WhenAny(deploying, Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, TestContext.Current.CancellationToken)) != deploying);
        var result = await deploying;

        result.ExitCode.ShouldBe(1, result.ToString());
        begun.Elapsed.ShouldBeLessThan(within, result.ToString());
        result.Error.ShouldContain($"{name} failed ({reason})");
        result.Error.ShouldContain("Revision 1 goes on serving.");
        var (shown, message) = await ReadyConditionAsync(name);
        shown.ShouldBe(reason, message);
        (await _platform.GetAsync($"/apps/demo/{name}/", await _platform.TokenAsync())).Body.ShouldBe("still here");
        (await _platform.CliAsync("delete", name)).ExitCode.ShouldBe(0);
        return result.Error;
    }

    private async Task<(string Reason, string Message)> ReadyConditionAsync(string name)
    {
        var result = await _platform.KubectlAsync("get", "app", name, "-n", "demo", "-o", "jsonpath={.status.conditions[?(@.type=='Ready')].reason}|{.status.conditions[?(@.type=='Ready')].message}");
        result.ExitCode.ShouldBe(0, result.ToString());
        var parts = result.Output.Split('|', 2);
        return (parts[0], parts[1]);
    }

    private async Task AnswersQuicklyAsync(string name, string answer)
    {
        var token = await _platform.TokenAsync();
        var watch = Stopwatch.StartNew();
        var (status, body, _) = await _platform.GetAsync($"/apps/demo/{name}/", token);
        status.ShouldBe(HttpStatusCode.OK, body);
        body.ShouldBe(answer);
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(2));
    }
}
