using System.Globalization;

using k8s.Models;

using AeroGrid.Node.Images;

namespace AeroGrid.Node.Kubelet;

/// <summary>The user and group that a container's process sees itself as.</summary>
internal static class ContainerUser
{
    /// <summary>From the container's or pod's security context, or the image.</summary>
    /// <exception cref="ConfigurationException">The image names a user that it does not define, or it would be root against the pod's wish.</exception>
    public static (uint User, uint Group) Of(V1Pod pod, V1Container container, ImageLease image)
    {
        var security = container.SecurityContext;
        var podSecurity = pod.Spec.SecurityContext;
        if (security?.Privileged == true)
            throw new ConfigurationException("securityContext.privileged: this node runs no privileged containers");
        var (imageUser, imageGroup) = OfImage(image);
        var user = (uint?)(security?.RunAsUser ?? podSecurity?.RunAsUser) ?? imageUser;
        var group = (uint?)(security?.RunAsGroup ?? podSecurity?.RunAsGroup) ?? imageGroup;
        if (user == 0 && (security?.RunAsNonRoot ?? podSecurity?.RunAsNonRoot) == true)
            throw new ConfigurationException("container has runAsNonRoot and image will run as root");
        return (user, group);
    }

    /// <summary><c>uid</c>, <c>uid:gid</c>, <c>name</c> or <c>name:group</c> (OCI image specification); root when the image says nothing.</summary>
    private static (uint User, uint Group) OfImage(ImageLease image)
    {
        if (image.Configuration.Config?.User is not { Length: > 0 } text)
            return (0, 0);
        var parts = text.Split(':', 2);
        uint? defaultGroup = null;
        if (!uint.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var user))
        {
            var fields = Find(image, "etc/passwd", parts[0]) ?? throw new ConfigurationException($"unable to find user {parts[0]}: no matching entries in passwd file");
            (user, defaultGroup) = (uint.Parse(fields[2], CultureInfo.InvariantCulture), uint.Parse(fields[3], CultureInfo.InvariantCulture));
        }

        if (parts.Length == 1)
            return (user, defaultGroup ?? user);
        if (!uint.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var group))
        {
            var fields = Find(image, "etc/group", parts[1]) ?? throw new ConfigurationException($"unable to find group {parts[1]}: no matching entries in group file");
            group = uint.Parse(fields[2], CultureInfo.InvariantCulture);
        }

        return (user, group);
    }

    /// <summary>A line such as <c>app:x:1000:1000:…</c> of the topmost layer that has the file. Links are not followed: they may lead anywhere.</summary>
    private static string[]? Find(ImageLease image, string file, string name)
    {
        for (var i = image.Layers.Count - 1; i >= 0; i--)
        {
            var folder = new DirectoryInfo(Path.Combine(image.Layers[i].Folder, "etc"));
            var info = new FileInfo(Path.Combine(image.Layers[i].Folder, file));
            if (folder.LinkTarget is not null || info is not { Exists: true, LinkTarget: null })
                continue;
            var fields = File.ReadLines(info.FullName).Select(line => line.Split(':')).FirstOrDefault(fields => fields.Length > 3 && fields[0] == name);
            return fields is not null && fields.Skip(2).Take(file == "etc/passwd" ? 2 : 1).All(id => uint.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out _)) ? fields : null;
        }

        return null;
    }
}
