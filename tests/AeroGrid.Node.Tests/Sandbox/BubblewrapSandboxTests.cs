using AeroGrid.Node.Sandbox;
using AeroGrid.TestKit;

namespace AeroGrid.Node.Tests.Sandbox;

public sealed class BubblewrapSandboxTests : IClassFixture<SandboxFixture>
{
    private readonly SandboxFixture _fixture;

    public BubblewrapSandboxTests(SandboxFixture fixture)
    {
        Assert.SkipUnless(Tools.Has("bwrap"), "bwrap is not installed");
        _fixture = fixture;
        _fixture.Sandbox.ShouldBeOfType<BubblewrapSandbox>(string.Join(' ', _fixture.Sandbox.Weaknesses));
    }

    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 7", 7)]
    [InlineData("kill -9 $$", 137)]
    [InlineData("kill -15 $$", 143)]
    public async Task The_exit_code_is_the_main_process_own(string script, int code) =>
        (await _fixture.ShellAsync(script)).ExitCode.ShouldBe(code);

    [Fact]
    public async Task The_process_is_an_unprivileged_user_without_capabilities()
    {
        var result = await _fixture.ShellAsync("id -u; id -g; grep -E 'Cap(Eff|Prm|Bnd|Inh|Amb)|NoNewPrivs|Seccomp:' /proc/self/status");
        result.Output.ReplaceLineEndings("\n").ShouldBe(
            """
            65532
            65532
            CapInh:	0000000000000000
            CapPrm:	0000000000000000
            CapEff:	0000000000000000
            CapBnd:	0000000000000000
            CapAmb:	0000000000000000
            NoNewPrivs:	1
            Seccomp:	2
            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task It_sees_no_process_but_its_own() =>
        // Counted by the shell itself: the programs of a pipe may not have started yet when one of them looks.
        (await _fixture.ShellAsync("set -- /proc/[0-9]*; echo $#")).Output.ShouldBe("2"); // bubblewrap's number 1, sh

    [Fact]
    public async Task It_sees_nothing_of_the_machine_but_the_system() =>
        (await _fixture.ShellAsync("ls -A / /etc/shadow /root /home /var /mnt 2>/dev/null | tr '\\n' ' '")).Output
            .ShouldNotContain("shadow");

    [Theory]
    [InlineData("touch /usr/x")]
    [InlineData("touch /etc/x")]
    [InlineData("touch /x")]
    [InlineData("mkdir /x")]
    public async Task The_system_is_read_only(string script)
    {
        var result = await _fixture.ShellAsync(script);
        result.ExitCode.ShouldNotBe(0);
        result.Output.ShouldContain("Read-only file system");
    }

    [Fact]
    public async Task The_environment_is_exactly_what_was_given() =>
        (await _fixture.PythonAsync("import os; print(sorted(k for k in os.environ if k != 'LC_CTYPE'))", spec => spec with
        {
            Environment = new Dictionary<string, string> { ["A"] = "x", ["LD_PRELOAD"] = "/nowhere.so" },
        })).Output.ShouldEndWith("['A', 'LD_PRELOAD', 'PWD']");

    [Fact]
    public async Task Variables_are_in_no_command_line_of_the_machine()
    {
        var output = await _fixture.ShellAsync(
            "sleep 30 & echo started; kill $!",
            spec => spec with { Environment = new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin", ["KEY"] = "s3cr3t-value" } });
        output.Output.ShouldBe("started");
        var running = _fixture.Sandbox.Start(SandboxFixture.Spec(["/bin/sleep", "30"]) with
        {
            Environment = new Dictionary<string, string> { ["KEY"] = "s3cr3t-value" },
        });
        foreach (var process in await running.RootsAsync())
            (await File.ReadAllTextAsync($"/proc/{process}/cmdline")).ShouldNotContain("s3cr3t");
        running.Kill();
        (await running.Exited).ShouldBe(137);
    }

    [Theory]
    [InlineData("unshare", "libc.unshare(0x10000000)")]
    [InlineData("mount", "libc.mount(b'none', b'/tmp', b'tmpfs', 0, None)")]
    [InlineData("ptrace", "libc.ptrace(0, 0, 0, 0)")]
    [InlineData("setns", "libc.setns(0, 0)")]
    [InlineData("perf_event_open", "libc.syscall(298 if machine == 'x86_64' else 241, 0, 0, 0, 0, 0)")]
    [InlineData("bpf", "libc.syscall(321 if machine == 'x86_64' else 280, 0, 0, 0)")]
    [InlineData("keyctl", "libc.syscall(250 if machine == 'x86_64' else 219, 0, 0, 0, 0, 0)")]
    [InlineData("userfaultfd", "libc.syscall(323 if machine == 'x86_64' else 282, 0)")]
    [InlineData("io_uring_setup", "libc.syscall(425, 1, 0)")]
    [InlineData("clone of a user namespace", "libc.syscall(56 if machine == 'x86_64' else 220, 0x10000000 | 17, 0, 0, 0, 0)")]
    [InlineData("personality without address randomization", "libc.personality(0x40000)")]
    [InlineData("input into a terminal", "libc.ioctl(0, 0x5412, b'x')")]
    [InlineData("a packet socket", "libc.socket(17, 3, 0)")]
    public async Task Dangerous_system_calls_are_refused(string name, string call)
    {
        var result = await _fixture.PythonAsync(
            $"""
            import ctypes, errno, os
            libc = ctypes.CDLL(None, use_errno=True)
            machine = os.uname().machine
            print({call}, errno.errorcode.get(ctypes.get_errno()))
            """);
        result.Output.ShouldBe("-1 EPERM", name);
    }

    [Theory]
    [InlineData("clone3", 435)]
    [InlineData("a call of a future kernel", 999)]
    public async Task System_calls_that_cannot_be_judged_do_not_exist(string name, int number)
    {
        var result = await _fixture.PythonAsync(
            $"""
            import ctypes, errno
            libc = ctypes.CDLL(None, use_errno=True)
            print(libc.syscall({number}, 0, 0), errno.errorcode.get(ctypes.get_errno()))
            """);
        result.Output.ShouldBe("-1 ENOSYS", name);
    }

    [Fact]
    public async Task Ordinary_programs_use_threads_processes_and_sockets()
    {
        var result = await _fixture.PythonAsync(
            """
            import multiprocessing, socket, subprocess, threading
            thread = threading.Thread(target=lambda: print("thread", flush=True)); thread.start(); thread.join()
            print(subprocess.run(["echo", "process"], capture_output=True, text=True).stdout.strip(), flush=True)
            with socket.create_server(("127.0.0.1", 0)) as server: print("socket", flush=True)
            def work(q): q.put("worker")
            q = multiprocessing.Queue(); p = multiprocessing.Process(target=work, args=(q,)); p.start(); print(q.get()); p.join()
            """);
        result.Output.ReplaceLineEndings(" ").ShouldBe("thread process socket worker");
    }

    [Fact]
    public async Task Killing_ends_everything_inside()
    {
        var marker = $"{Random.Shared.Next(100_000, 999_999)}";
        var process = _fixture.Sandbox.Start(SandboxFixture.Spec(["/bin/sh", "-c", $"setsid sleep {marker} & sleep {marker}"]));
        await Eventually.True(() => Sleepers(marker).Count >= 2, "the sleepers did not start");
        process.Kill();
        await process.Exited;
        await Eventually.True(() => Sleepers(marker).Count == 0, "a sleeper survived");

        static List<string> Sleepers(string marker) => [.. Directory.GetDirectories("/proc")
            .Where(folder => char.IsAsciiDigit(Path.GetFileName(folder)[0]))
            .Where(folder => { try { return File.ReadAllText(Path.Combine(folder, "cmdline")).StartsWith($"sleep\0{marker}\0", StringComparison.Ordinal); } catch (IOException) { return false; } })];
    }

    [Fact]
    public async Task Terminating_asks_the_main_process()
    {
        var process = _fixture.Sandbox.Start(SandboxFixture.Spec(["/usr/bin/python3", "-c",
            "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: sys.exit(5)); time.sleep(60)"]));
        await Eventually.Async(async () =>
        {
            await process.TerminateAsync();
            process.Exited.IsCompleted.ShouldBeTrue();
        });
        (await process.Exited).ShouldBeOneOf(5, 143);
    }

    [Fact]
    public async Task A_further_process_sees_the_files_and_processes_of_the_first()
    {
        var shared = Directory.CreateDirectory(Path.Combine(_fixture.Folder, "shared")).FullName;
        if (SandboxFixture.MachineUser is not null)
            (await Command.RunAsync("chown", [$"{SandboxFixture.PodUser}", shared])).ExitCode.ShouldBe(0);
        var spec = SandboxFixture.Spec(["/bin/sh", "-c", "echo hello > /tmp/file; exec sleep 61"]) with { Mounts = [new(shared, "/tmp", Writable: true)] };
        var first = _fixture.Sandbox.Start(spec);
        await Eventually.True(() => File.Exists(Path.Combine(shared, "file")), "the file is not there");

        var second = await _fixture.Sandbox.StartInsideAsync(
            first,
            spec with { Command = ["/bin/sh", "-c", "cat /tmp/file; grep -h Seccomp: /proc/self/status; ps -e | grep -c sleep; id -u; exit 3"], Output = File.OpenHandle(Path.Combine(shared, "out"), FileMode.Create, FileAccess.Write) },
            CancellationToken.None);
        (await second.Exited).ShouldBe(3);
        (await File.ReadAllTextAsync(Path.Combine(shared, "out"))).ShouldBe("hello\nSeccomp:\t2\n1\n65532\n");
        first.Kill();
        await first.Exited;
    }
}
