using k8s.Models;

namespace AeroGrid.Node.Tests.Kubelet;

/// <summary>What a tenant's program may not do to the machine, the platform and other tenants: what docs/sandbox.md promises.</summary>
public sealed class IsolationTests(NodeFixture node)
{
    [Fact]
    public async Task A_program_sees_neither_files_nor_processes_of_others()
    {
        SkipUnlessSandboxed();
        var other = await node.CreatePodAsync(await node.PushAppAsync("import time\nopen('/tmp/secret', 'w').write('x')\nprint('written', flush=True)\ntime.sleep(300)"));
        other = await node.UntilAsync(other, async now => (await node.LogTextAsync(now)).ShouldBe("written\n"));
        var place = Path.Combine(node.Options.DataFolder, "pods", other.Metadata.Uid);
        Directory.GetFiles(place, "secret", SearchOption.AllDirectories).ShouldNotBeEmpty();
        var victim = ProcessesOf(other).First();

        var output = await RunAsync(
            $$"""
            import os, signal
            def attempt(name, action):
                try: print(name, action())
                except OSError as e: print(name, type(e).__name__)
            attempt('data folder', lambda: os.listdir('{{node.Options.DataFolder}}'))
            attempt('other pod', lambda: os.listdir('{{place}}'))
            attempt('mounts of the platform', lambda: [p for p in ('/mnt', '/srv', '/media') if os.path.exists(p) and os.listdir(p)])
            attempt('process', lambda: open('/proc/{{victim}}/environ').read())
            attempt('signal', lambda: os.kill({{victim}}, signal.SIGKILL))
            attempt('processes', lambda: sum(p.isdigit() for p in os.listdir('/proc')))
            attempt('machine users', lambda: open('/etc/shadow').read())
            attempt('passwd', lambda: len(open('/etc/passwd').read().splitlines()))
            attempt('devices', lambda: [d for d in ('/dev/vda', '/dev/sda', '/dev/mem', '/dev/kmsg', '/dev/fuse', '/dev/kvm') if os.path.exists(d)])
            attempt('root of the machine', lambda: os.listdir('/proc/1/root/root'))
            attempt('kernel settings', lambda: open('/proc/sys/kernel/core_pattern', 'w').write('|/tmp/x'))
            """);

        output.ShouldBe(
            """
            data folder FileNotFoundError
            other pod FileNotFoundError
            mounts of the platform []
            process FileNotFoundError
            signal ProcessLookupError
            processes 2
            machine users FileNotFoundError
            passwd 2
            devices []
            root of the machine FileNotFoundError
            kernel settings PermissionError

            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task A_program_does_not_gain_privileges()
    {
        SkipUnlessSandboxed();
        var output = await RunAsync(
            """
            import ctypes, errno, os, subprocess
            libc = ctypes.CDLL(None, use_errno=True)
            def call(name, *arguments):
                result = getattr(libc, name)(*arguments)
                print(name, result, errno.errorcode.get(ctypes.get_errno()) if result < 0 else '')
            call('setuid', 0)
            call('mount', b'none', b'/tmp', b'tmpfs', 0, None)
            call('unshare', 0x10000000)
            call('chroot', b'/tmp')
            call('ptrace', 16, 1, 0, 0)
            print('no new privileges', [l.split()[1] for l in open('/proc/self/status') if l.startswith('NoNewPrivs')])

            # A program with the setuid bit: of its own making, and the machine's.
            subprocess.run(['cp', '/usr/bin/id', '/tmp/id'], check=True); os.chmod('/tmp/id', 0o4755)
            print('own', subprocess.run(['/tmp/id', '-u'], capture_output=True, text=True).stdout.strip())
            for program in ('su', 'sudo', 'mount', 'passwd'):
                if os.path.exists('/usr/bin/' + program):
                    result = subprocess.run(['/usr/bin/' + program, '--version'] if program != 'passwd' else ['/usr/bin/passwd', '-S'], capture_output=True, stdin=subprocess.DEVNULL)
                    uids = [l.split()[1:] for l in open('/proc/self/status') if l.startswith('Uid')][0]
                    print('still', set(uids) == {str(os.getuid())}) if program == 'su' else None
            """);

        output.ShouldBe(
            $"""
            setuid -1 EINVAL
            mount -1 EPERM
            unshare -1 EPERM
            chroot -1 EPERM
            ptrace -1 EPERM
            no new privileges ['1']
            own {await UserAsync()}
            still True

            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task Shared_memory_of_a_program_is_bounded()
    {
        SkipUnlessSandboxed();
        var output = await RunAsync(
            """
            written = 0
            try:
                with open('/dev/shm/x', 'wb', buffering=0) as f:
                    while written < (1 << 30): written += f.write(b'x' * (1 << 20))
            except OSError as e: print(e.strerror)
            print(written >> 20 <= 64)
            """);

        output.ShouldBe("No space left on device\nTrue\n");
    }

    [Fact]
    public async Task A_volume_in_memory_cannot_grow_over_the_memory_limit_by_being_filled_again_and_again()
    {
        Assert.SkipWhen(node.Node.Weaknesses.Any(weakness => weakness.Contains("memory", StringComparison.Ordinal)), "memory cannot be limited here");
        var pod = await node.CreatePodAsync(
            await node.PushAppAsync("import os, time\nfor i in range(1000):\n    path = f'/memory/{i}'\n    if not os.path.exists(path): open(path, 'wb').write(b'x' * (4 << 20))\ntime.sleep(300)"),
            pod =>
            {
                pod.Spec.Volumes = [new() { Name = "memory", EmptyDir = new() { Medium = "Memory" } }];
                pod.Spec.Containers[0].VolumeMounts = [new() { Name = "memory", MountPath = "/memory" }];
                pod.Spec.Containers[0].Resources = new() { Limits = new Dictionary<string, ResourceQuantity> { ["memory"] = new("64Mi") } };
            });

        // The kernel ends it at its limit, it starts again and goes on writing; then the node looks.
        pod = await node.UntilAsync(pod, now => now.Status.Phase.ShouldBe("Failed"), TimeSpan.FromSeconds(60));

        (pod.Status.Reason, pod.Status.Message).ShouldBe(("Evicted", "Usage of EmptyDir volume \"memory\" exceeds the limit \"67108864\"."));
        await node.UntilAsync(pod, _ => Directory.GetDirectories("/dev/shm", pod.Metadata.Uid, SearchOption.AllDirectories).ShouldBeEmpty());
    }

    private static IEnumerable<int> ProcessesOf(V1Pod pod) =>
        from folder in Directory.GetDirectories("/proc")
        where char.IsAsciiDigit(Path.GetFileName(folder)[0])
        where Environment(folder).Contains($"HOSTNAME={pod.Metadata.Name}", StringComparison.Ordinal)
        select int.Parse(Path.GetFileName(folder), System.Globalization.CultureInfo.InvariantCulture);

    private static string Environment(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "environ"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private async Task<string> UserAsync() => (await RunAsync("import os; print(os.getuid())")).Trim();

    private async Task<string> RunAsync(string program)
    {
        var pod = await node.CreatePodAsync(await node.PushAppAsync(program), pod => pod.Spec.RestartPolicy = "Never");
        await node.UntilAsync(pod, now => now.Status.Phase.ShouldBeOneOf("Succeeded", "Failed"));
        return await node.LogTextAsync(pod);
    }

    private void SkipUnlessSandboxed() =>
        Assert.SkipWhen(node.Node.Weaknesses.Any(weakness => weakness.Contains("not isolated", StringComparison.Ordinal)), "there is no sandbox on this machine");
}
