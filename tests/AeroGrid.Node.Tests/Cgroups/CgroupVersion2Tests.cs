using AeroGrid.Node.Cgroups;

namespace AeroGrid.Node.Tests.Cgroups;

/// <summary>What is written into a version 2 hierarchy. Its files are plain ones here, so what a kernel does with them is not tested.</summary>
public sealed class CgroupVersion2Tests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("aerogrid-cgroup-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Limits_of_a_container_are_written_where_the_kernel_reads_them()
    {
        var manager = Detect("cpu io memory pids");
        manager.Missing.ShouldBeEmpty();

        var cgroup = manager.Create("uid", "app", new(MemoryBytes: 64 << 20, CpuMillis: 1500, CpuRequestMillis: 1000, Pids: 100));

        Read("app", "memory.max").ShouldBe("67108864");
        Read("app", "memory.swap.max").ShouldBe("0");
        Read("app", "memory.oom.group").ShouldBe("1");
        Read("app", "cpu.max").ShouldBe("150000 100000");
        Read("app", "cpu.weight").ShouldBe("39");
        Read("app", "pids.max").ShouldBe("100");
        cgroup.ProcessFiles.ShouldBe([Path.Combine(Container, "cgroup.procs")]);
        foreach (var parent in new[] { Unit, Ours, Path.Combine(Ours, "uid") })
            File.ReadAllText(Path.Combine(parent, "cgroup.subtree_control")).ShouldBe("+cpu +memory +pids");
    }

    [Fact]
    public void Counters_tell_kills_and_refusals()
    {
        var cgroup = Detect("cpu memory pids").Create("uid", "app", new(64 << 20, null, null, 100));
        File.WriteAllText(Path.Combine(Container, "memory.events"), "low 0\nhigh 0\nmax 12\noom 2\noom_kill 1\noom_group_kill 1\n");
        File.WriteAllText(Path.Combine(Container, "pids.events"), "max 7\n");

        (cgroup.OomKills, cgroup.ProcessRefusals).ShouldBe((1, 7));
    }

    [Fact]
    public void Killing_asks_the_kernel_to_kill_the_whole_group()
    {
        Detect("memory pids").Create("uid", "app", new(null, null, null, null)).Kill();

        Read("app", "cgroup.kill").ShouldBe("1");
        Read("app", "memory.max").ShouldBe("", "no limit was asked for");
        Read("app", "pids.max").ShouldBe("max");
    }

    [Fact]
    public void A_controller_that_is_not_offered_is_said_to_be_missing() =>
        Detect("memory").Missing.ShouldBe(["cpu", "pids"], ignoreOrder: true);

    [Fact]
    public void Without_cgroups_everything_is_missing_and_containers_run_without() =>
        CgroupManager.Detect("x", Path.Combine(_folder, "nothing")).Create("uid", "app", new(1, 1, 1, 1)).ProcessFiles.ShouldBeEmpty();

    private string Unit => Path.Combine(_folder, "mounted here", "unit");

    private string Ours => Path.Combine(Unit, "aerogrid-test");

    private string Container => Path.Combine(Ours, "uid", "app");

    private string Read(string container, string file) => File.ReadAllText(Path.Combine(Ours, "uid", container, file));

    private CgroupManager Detect(string controllers)
    {
        Directory.CreateDirectory(Container);
        foreach (var folder in new[] { Unit, Ours, Path.Combine(Ours, "uid") })
            File.WriteAllText(Path.Combine(folder, "cgroup.subtree_control"), "");
        File.WriteAllText(Path.Combine(Unit, "cgroup.controllers"), controllers + "\n");
        foreach (var file in new[] { "memory.max", "memory.swap.max", "memory.oom.group", "memory.events", "cpu.max", "cpu.weight", "pids.max", "pids.events", "cgroup.procs", "cgroup.kill" })
            File.WriteAllText(Path.Combine(Container, file), "");
        var self = Directory.CreateDirectory(Path.Combine(_folder, "proc", "self")).FullName;
        File.WriteAllText(Path.Combine(self, "cgroup"), "0::/unit\n");
        File.WriteAllText(
            Path.Combine(self, "mountinfo"), $"24 1 0:22 / {_folder}/mounted\\040here rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n25 1 0:5 / /dev rw - devtmpfs udev rw\n");
        return CgroupManager.Detect("test", Path.Combine(_folder, "proc"));
    }
}
