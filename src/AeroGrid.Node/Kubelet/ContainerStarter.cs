using System.Text;

using k8s.Models;

using AeroGrid.Node.Cgroups;
using AeroGrid.Node.Images;
using AeroGrid.Node.Sandbox;
using AeroGrid.Node.Volumes;

namespace AeroGrid.Node.Kubelet;

/// <summary>Turns a container of a pod and its image into a running process.</summary>
internal static class ContainerStarter
{
    /// <summary>Starts a container.</summary>
    /// <param name="node">What pods share.</param>
    /// <param name="place">What the pod has of the machine.</param>
    /// <param name="pod">The pod.</param>
    /// <param name="container">The container.</param>
    /// <param name="run">Its restart count.</param>
    /// <param name="image">Its image; the running container's from now on, unless this throws.</param>
    /// <param name="cancellationToken">The pod is being ended.</param>
    /// <exception cref="ConfigurationException">It cannot be configured (yet).</exception>
    /// <exception cref="VolumeException">A volume cannot be made (yet).</exception>
    /// <exception cref="System.ComponentModel.Win32Exception">The system could not start it.</exception>
    /// <exception cref="IOException">The machine has no room for it, or refused a limit.</exception>
    public static async Task<RunningContainer> StartAsync(
        NodeContext node, PodPlace place, V1Pod pod, V1Container container, int run, ImageLease image, CancellationToken cancellationToken)
    {
        var references = new ReferencedObjects(node.Client, pod.Metadata.NamespaceProperty);
        await place.Volumes.PrepareAsync(pod, references, cancellationToken).ConfigureAwait(false);
        var environment = await ContainerEnvironment.BuildAsync(
            pod, container, image.Configuration, place.Ports, references, node.Options.NodeName, cancellationToken).ConfigureAwait(false);
        var user = ContainerUser.Of(pod, container, image);
        var spec = Spec(node, place, pod, container, image, environment, user, out var termination);
        var logs = place.Logs(container.Name);
        var output = new ContainerOutput();
        var cgroup = node.Cgroups.Create(place.Uid, container.Name, Limits(node.Options, container));
        var log = logs.Open(run, node.Time);
        try
        {
            spec = spec with { Cgroup = cgroup, Output = output.Ends.Output, Error = output.Ends.Error };
            var process = node.Sandbox.Start(spec);
            output.Begin(log);
            return new RunningContainer(node, spec with { Output = null, Error = null }, process, image, logs, log, output, termination)
            {
                StartedAt = node.Time.GetUtcNow(),
                Run = run,
                Ports = place.Ports,
            };
        }
        catch
        {
            log.Dispose();
            output.Dispose();
            await cgroup.RemoveAsync(node.Time, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    private static SandboxSpec Spec(
        NodeContext node,
        PodPlace place,
        V1Pod pod,
        V1Container container,
        ImageLease image,
        Dictionary<string, string> environment,
        (uint User, uint Group) user,
        out string terminationFile)
    {
        List<SandboxMount> volumes = [.. place.Volumes.MountsOf(pod, container)];
        var working = container.WorkingDir is { Length: > 0 } given ? given : image.Configuration.Config?.WorkingDirectory is { Length: > 0 } own ? own : "/";
        List<string> mountPoints = [.. volumes.Select(mount => mount.Target), "/tmp", "/var/tmp", "/etc/hosts", "/etc/hostname", working];
        var root = node.Images.Compose(image, mountPoints);
        (var files, terminationFile) = ContainerFiles.Make(place, pod, container, user, machineSystem: !root.HasSystem);

        // A volume may stand in the place of one of our files, never the other way round.
        var mounted = volumes.Select(mount => mount.Target.TrimEnd('/')).ToHashSet(StringComparer.Ordinal);
        return new()
        {
            Command = Command(container, image, environment),
            Environment = environment,
            WorkingFolder = working,
            HostName = HostName(pod),
            User = user.User,
            Group = user.Group,
            MachineUser = place.User,
            MachineSystem = !root.HasSystem,
            Folders = [.. root.Folders, .. IsIn(root, working) ? Array.Empty<string>() : [working]],
            Mounts = [.. root.Mounts, .. files.Where(file => !mounted.Contains(file.Target)), .. volumes.OrderBy(mount => mount.Target.Length)],
            Links = root.Links,
            Limits = new() { Processes = UserProcesses(node, pod), FileBytes = StorageLimit(node.Options, pod) },
        };
    }

    /// <summary>
    /// The system counts these for the pod's user. Where cgroups count for each container, they are the limit, since they also tell when
    /// they refuse: then this one is only there for the case that they fail.
    /// </summary>
    private static long UserProcesses(NodeContext node, V1Pod pod)
    {
        var all = node.Options.MaxProcesses * (pod.Spec.Containers.Count + (pod.Spec.InitContainers?.Count ?? 0));
        return node.Cgroups.Missing.Contains("pids") ? all : all * 2;
    }

    /// <summary>Bytes that a pod may have on disk.</summary>
    public static long StorageLimit(NodeOptions options, V1Pod pod)
    {
        var limits = pod.Spec.Containers
            .Select(container => container.Resources?.Limits?.TryGetValue("ephemeral-storage", out var limit) == true ? limit.ToDecimal() : (decimal?)null)
            .ToList();
        return limits.TrueForAll(limit => limit is not null) && limits.Count > 0 ? (long)limits.Sum()! : options.DefaultStorageBytes;
    }

    /// <summary>Bytes of memory that the containers of a pod may have together; null without a limit.</summary>
    public static long? MemoryLimit(NodeOptions options, V1Pod pod) =>
        pod.Spec.Containers.Select(container => Limits(options, container).MemoryBytes).Aggregate((long?)0, static (sum, limit) => sum + limit);

    /// <summary>Kubernetes documentation, "Define a Command and Arguments": a command replaces the image's, and its arguments with it.</summary>
    private static List<string> Command(V1Container container, ImageLease image, Dictionary<string, string> environment)
    {
        var config = image.Configuration.Config;
        var own = container.Command is { Count: > 0 };
        IEnumerable<string> program = own ? container.Command : config?.Entrypoint ?? [];
        IEnumerable<string> arguments = container.Args is { Count: > 0 } args ? args : own ? [] : config?.Cmd ?? [];
        List<string> command =
        [
            .. own ? program.Select(word => VariableExpansion.Expand(word, environment)) : program,
            .. container.Args is { Count: > 0 } ? arguments.Select(word => VariableExpansion.Expand(word, environment)) : arguments,
        ];
        return command.Count > 0 ? command : throw new ConfigurationException($"no command specified: image \"{container.Image}\" has none, set command or args");
    }

    private static CgroupLimits Limits(NodeOptions options, V1Container container)
    {
        var limits = container.Resources?.Limits;
        var requests = container.Resources?.Requests;
        return new(
            Quantity(limits, "memory", 1) ?? options.DefaultMemoryBytes,
            Quantity(limits, "cpu", 1000),
            Quantity(requests, "cpu", 1000) ?? Quantity(limits, "cpu", 1000),
            options.MaxProcesses);

        static long? Quantity(IDictionary<string, ResourceQuantity>? list, string name, int scale) =>
            list?.TryGetValue(name, out var quantity) == true ? (long)Math.Ceiling(quantity.ToDecimal() * scale) : null;
    }

    private static bool IsIn(RootFilesystem root, string path) =>
        path == "/" || root.Mounts.Any(mount => path == mount.Target || path.StartsWith(mount.Target + "/", StringComparison.Ordinal));

    /// <summary>A host name has at most 63 characters; pods' names may be longer.</summary>
    private static string HostName(V1Pod pod)
    {
        var name = pod.Spec.Hostname ?? pod.Metadata.Name;
        return name.Length <= 63 ? name : new StringBuilder(name, 0, 63, 63).ToString().TrimEnd('-', '.');
    }
}
