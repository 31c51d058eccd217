using k8s;
using k8s.Models;

namespace AeroGrid.Node.Tests.Kubelet;

public sealed class VolumeTests(NodeFixture node)
{
    [Fact]
    public async Task ConfigMaps_secrets_and_pod_fields_are_files_and_variables()
    {
        var id = Guid.NewGuid().ToString("N")[..8];
        await node.Client.CoreV1.CreateNamespacedConfigMapAsync(
            new V1ConfigMap
            {
                Metadata = new() { Name = $"config-{id}" },
                Data = new Dictionary<string, string> { ["a.txt"] = "A", ["b.txt"] = "B" },
                BinaryData = new Dictionary<string, byte[]> { ["raw"] = [0xff, 0x00] },
            },
            "default");
        await node.Client.CoreV1.CreateNamespacedSecretAsync(
            new V1Secret { Metadata = new() { Name = $"secret-{id}" }, StringData = new Dictionary<string, string> { ["key"] = "s3cret" } }, "default");
        var pod = await node.CreatePodAsync(
            await node.PushAppAsync(
                """
                import os
                print(sorted(os.listdir('/config')), open('/config/a.txt').read(), open('/config/raw', 'rb').read())
                print(open('/one/renamed').read(), os.listdir('/one'))
                print(open('/secret/key').read(), oct(os.stat('/secret/key').st_mode & 0o777))
                print(open('/info/labels').read(), open('/all/cpu').read(), open('/all/a.txt').read())
                print(open('/app/inside/a.txt').read(), sorted(os.listdir('/app')))
                for name in ('FROM_a.txt', 'KEY', 'POD', 'LIMIT', 'TEXT', 'OPTIONAL'): print(name, os.environ.get(name))
                for path in ('/config/a.txt', '/app/app.py', '/secret/x'):
                    try: open(path, 'w')
                    except OSError as e: print(e.strerror)
                """),
            pod =>
            {
                pod.Metadata.Labels = new Dictionary<string, string> { ["tier"] = "web" };
                pod.Spec.RestartPolicy = "Never";
                pod.Spec.Volumes =
                [
                    new() { Name = "config", ConfigMap = new() { Name = $"config-{id}" } },
                    new() { Name = "one", ConfigMap = new() { Name = $"config-{id}", Items = [new() { Key = "b.txt", Path = "renamed" }] } },
                    new() { Name = "secret", Secret = new() { SecretName = $"secret-{id}", DefaultMode = 256 } },
                    new() { Name = "info", DownwardAPI = new() { Items = [new() { Path = "labels", FieldRef = new() { FieldPath = "metadata.labels" } }] } },
                    new()
                    {
                        Name = "all",
                        Projected = new()
                        {
                            Sources =
                            [
                                new() { ConfigMap = new() { Name = $"config-{id}" } },
                                new() { DownwardAPI = new() { Items = [new() { Path = "cpu", ResourceFieldRef = new() { ContainerName = "app", Resource = "limits.cpu", Divisor = new("1m") } }] } },
                            ],
                        },
                    },
                ];
                var app = pod.Spec.Containers[0];
                app.Resources = new() { Limits = new Dictionary<string, ResourceQuantity> { ["cpu"] = new("1500m"), ["memory"] = new("64Mi") } };
                app.VolumeMounts =
                [
                    new() { Name = "config", MountPath = "/config" },
                    new() { Name = "one", MountPath = "/one" },
                    new() { Name = "secret", MountPath = "/secret" },
                    new() { Name = "info", MountPath = "/info" },
                    new() { Name = "all", MountPath = "/all" },
                    new() { Name = "config", MountPath = "/app/inside" },
                ];
                app.EnvFrom = [new() { Prefix = "FROM_", ConfigMapRef = new() { Name = $"config-{id}" } }];
                app.Env =
                [
                    new() { Name = "KEY", ValueFrom = new() { SecretKeyRef = new() { Name = $"secret-{id}", Key = "key" } } },
                    new() { Name = "POD", ValueFrom = new() { FieldRef = new() { FieldPath = "metadata.labels['tier']" } } },
                    new() { Name = "LIMIT", ValueFrom = new() { ResourceFieldRef = new() { Resource = "limits.memory" } } },
                    new() { Name = "TEXT", Value = "$(KEY)-$(POD)-$(NOTHING)-$$(KEY)" },
                    new() { Name = "OPTIONAL", ValueFrom = new() { ConfigMapKeyRef = new() { Name = "nothing", Key = "x", Optional = true } } },
                ];
            });

        pod = await node.UntilAsync(pod, now => now.Status.Phase.ShouldBeOneOf("Succeeded", "Failed"));

        (await node.LogTextAsync(pod)).ShouldBe(
            """
            ['a.txt', 'b.txt', 'raw'] A b'\xff\x00'
            B ['renamed']
            s3cret 0o400
            tier="web" 1500 A
            A ['app.py', 'inside']
            FROM_a.txt A
            KEY s3cret
            POD web
            LIMIT 67108864
            TEXT s3cret-web-$(NOTHING)-$(KEY)
            OPTIONAL None
            Read-only file system
            Read-only file system
            Read-only file system

            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task A_value_with_a_zero_byte_is_refused_and_adds_nothing_to_the_sandbox()
    {
        // Arguments of bubblewrap are separated by zero bytes.
        var secret = $"secret-{Guid.NewGuid():N}";
        await node.Client.CoreV1.CreateNamespacedSecretAsync(
            new V1Secret { Metadata = new() { Name = secret }, Data = new Dictionary<string, byte[]> { ["x"] = "1\0--bind\0/\0/machine"u8.ToArray() } }, "default");
        var pod = await node.CreatePodAsync(await node.PushAppAsync("pass"), pod => pod.Spec.Containers[0].EnvFrom = [new() { SecretRef = new() { Name = secret } }]);

        pod = await node.UntilAsync(pod, now => NodeFixture.StatusOf(now).State.Waiting.ShouldNotBeNull().Reason.ShouldBe("CreateContainerConfigError"));

        NodeFixture.StatusOf(pod).State.Waiting.Message.ShouldBe("env \"x\": a variable cannot have a zero byte in it; mount the value as a file");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Memory")]
    public async Task Containers_of_a_pod_share_an_emptyDir(string? medium)
    {
        var pod = await node.CreatePodAsync(await node.PushAppAsync("print(open('/data/sub/file').read(), end='')"), pod =>
        {
            pod.Spec.RestartPolicy = "Never";
            pod.Spec.Volumes = [new() { Name = "data", EmptyDir = new() { Medium = medium } }];
            pod.Spec.Containers[0].VolumeMounts = [new() { Name = "data", MountPath = "/data" }];
            pod.Spec.InitContainers =
            [
                new()
                {
                    Name = "prepare",
                    Image = pod.Spec.Containers[0].Image,
                    Command = ["/bin/sh", "-c", "echo shared > /here/file"],
                    VolumeMounts = [new() { Name = "data", MountPath = "/here", SubPath = "sub" }],
                },
            ];
        });

        await node.UntilAsync(pod, now => now.Status.Phase.ShouldBe("Succeeded"));

        (await node.LogTextAsync(pod)).ShouldBe("shared\n");
    }

    [Fact]
    public async Task A_change_of_a_mounted_ConfigMap_arrives_in_the_running_program_and_its_end_does_not()
    {
        var name = $"changing-{Guid.NewGuid():N}";
        var map = new V1ConfigMap { Metadata = new() { Name = name }, Data = new Dictionary<string, string> { ["word"] = "first", ["gone"] = "x" } };
        await node.Client.CoreV1.CreateNamespacedConfigMapAsync(map, "default");
        var pod = await node.CreatePodAsync(
            await node.PushAppAsync(
                """
                import os, time
                seen = None
                while True:
                    now = (open('/config/word').read(), sorted(os.listdir('/config')))
                    if now != seen: print(*now, flush=True)
                    seen = now
                    time.sleep(0.02)
                """),
            pod =>
            {
                pod.Spec.Volumes = [new() { Name = "config", ConfigMap = new() { Name = name } }];
                pod.Spec.Containers[0].VolumeMounts = [new() { Name = "config", MountPath = "/config" }];
            });
        await node.UntilAsync(pod, async now => (await node.LogTextAsync(now)).ShouldBe("first ['gone', 'word']\n"));

        map.Data = new Dictionary<string, string> { ["word"] = "second" };
        await node.Client.CoreV1.ReplaceNamespacedConfigMapAsync(map, name, "default");

        await node.UntilAsync(pod, async now => (await node.LogTextAsync(now, "?tailLines=1")).ShouldBe("second ['word']\n"));
        await node.Client.CoreV1.DeleteNamespacedConfigMapAsync(name, "default");
        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System, TestContext.Current.CancellationToken);
        (await node.LogTextAsync(pod, "?tailLines=1")).ShouldBe("second ['word']\n");
        NodeFixture.StatusOf(await node.GetAsync(pod)).RestartCount.ShouldBe(0);
    }

    [Fact]
    public async Task A_pod_that_writes_more_than_it_may_is_evicted_soon()
    {
        // Many files, each of which is allowed.
        var pod = await node.CreatePodAsync(
            await node.PushAppAsync("import time\nblock = b'x' * (16 << 20)\nfor i in range(64):\n    open(f'/tmp/{i}', 'wb').write(block)\nprint('written', flush=True)\ntime.sleep(300)"),
            pod => pod.Spec.Containers[0].Resources = new() { Limits = new Dictionary<string, ResourceQuantity> { ["ephemeral-storage"] = new("100Mi"), ["memory"] = new("1Gi") } });

        pod = await node.UntilAsync(pod, now => now.Status.Phase.ShouldBe("Failed"));

        (pod.Status.Reason, pod.Status.Message).ShouldBe(("Evicted", "Pod ephemeral local storage usage exceeds the total limit of containers 104857600."));
        await node.UntilAsync(pod, _ => Directory.Exists(Path.Combine(node.Options.DataFolder, "pods", pod.Metadata.Uid)).ShouldBeFalse());
    }

    [Fact]
    public async Task A_link_in_a_volume_does_not_lead_out_of_it()
    {
        var pod = await node.CreatePodAsync(await node.PushAppAsync("pass"), pod =>
        {
            pod.Spec.Volumes = [new() { Name = "data", EmptyDir = new() }];
            pod.Spec.Containers[0].VolumeMounts = [new() { Name = "data", MountPath = "/data", SubPath = "etc" }];
            pod.Spec.InitContainers =
            [
                new()
                {
                    Name = "prepare",
                    Image = pod.Spec.Containers[0].Image,
                    Command = ["/bin/sh", "-c", "ln -s /etc /here/etc"],
                    VolumeMounts = [new() { Name = "data", MountPath = "/here" }],
                },
            ];
        });

        await node.UntilAsync(pod, async now => (await node.EventsAsync(now)).ShouldContain(
            e => e.Reason == "FailedMount" && e.Message.Contains("leads through a symbolic link", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Folders_of_the_machine_cannot_be_mounted()
    {
        var pod = await node.CreatePodAsync(await node.PushAppAsync("pass"), pod =>
        {
            pod.Spec.Volumes = [new() { Name = "etc", HostPath = new() { Path = "/etc" } }];
            pod.Spec.Containers[0].VolumeMounts = [new() { Name = "etc", MountPath = "/host" }];
        });

        await node.UntilAsync(pod, async now => (await node.EventsAsync(now)).ShouldContain(
            e => e.Reason == "FailedMount" && e.Message.Contains("this node has emptyDir", StringComparison.Ordinal)));
        NodeFixture.StatusOf(await node.GetAsync(pod)).State.Waiting.Reason.ShouldBe("ContainerCreating");
    }
}
