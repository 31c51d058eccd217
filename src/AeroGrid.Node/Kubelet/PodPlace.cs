using k8s.Models;

using AeroGrid.Node.Logs;
using AeroGrid.Node.Network;
using AeroGrid.Node.Volumes;

namespace AeroGrid.Node.Kubelet;

/// <summary>What a pod has of the machine while it is here: a folder, a user, ports, volumes.</summary>
internal sealed class PodPlace : IDisposable
{
    private readonly NodeContext _node;
    private readonly V1Pod _pod;
    private PodPortMap _ports;
    private bool _given;

    /// <summary>Takes a place for a pod.</summary>
    /// <exception cref="InvalidOperationException">There is no port or user left.</exception>
    public PodPlace(NodeContext node, V1Pod pod)
    {
        (_node, _pod) = (node, pod);
        User = node.Users?.Take();
        try
        {
            _ports = PodPortMap.Take(pod, node.Ports);
        }
        catch
        {
            ReturnUser();
            throw;
        }

        Folder = node.Folders.MakePod(Uid, User);
        Volumes = new(Path.Combine(Folder, "volumes"), Path.Combine(node.Folders.Memory, Uid), User, node.Options.NodeName);
    }

    public string Uid => _pod.Metadata.Uid;

    public string Folder { get; }

    /// <summary>The machine's user; null where all pods run as the platform's.</summary>
    public uint? User { get; }

    public PodVolumes Volumes { get; }

    public PodPortMap Ports => _ports;

    /// <summary>Where the logs of a container are.</summary>
    public LogFolder Logs(string container) =>
        new(_node.Folders.ContainerLogs(_pod.Metadata.NamespaceProperty, _pod.Metadata.Name, Uid, container), _node.Options.Logs);

    /// <summary>Replaces ports that others have taken since; true when there were any.</summary>
    public bool RenewPorts(V1Container container)
    {
        if (_ports.Renew(container, _node.Ports) is not { } renewed)
            return false;
        _ports = renewed;
        return true;
    }

    /// <summary>Gives everything back and removes the folder; logs stay.</summary>
    public void Dispose()
    {
        if (_given)
            return;
        _given = true;
        _ports.Return(_node.Ports);
        Volumes.Remove();
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
        ReturnUser();
    }

    private void ReturnUser()
    {
        if (User is { } user)
        {
            _node.Firewall?.Forget(user);
            _node.Users!.Return(user);
        }
    }
}
