namespace AeroGrid.Node.Sandbox;

/// <summary>
/// The machine's own system as the root filesystem of images that bring none: <c>/usr</c> with the folders that belong to it, and those parts of
/// <c>/etc</c> without which programs do not start or do not find the network. Nothing that tells about the machine's users or services.
/// </summary>
internal static class MachineSystem
{
    private static readonly string[] Folders = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];

    private static readonly string[] Configuration =
    [
        "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", // shared libraries
        "/etc/alternatives", // python3 and others on Debian
        "/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/etc/pki/tls", "/etc/pki/ca-trust", "/etc/ca-certificates", // who is trusted
        "/etc/resolv.conf", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf", "/etc/services", "/etc/protocols", // names
        "/etc/localtime", "/etc/mime.types",
    ];

    /// <summary>Arguments of bubblewrap that mount it all.</summary>
    public static IReadOnlyList<string> Arguments { get; } = Build();

    private static List<string> Build()
    {
        List<string> line = ["--ro-bind", "/usr", "/usr"];
        foreach (var folder in Folders.Where(Directory.Exists))
        {
            // Links into /usr on merged systems, folders on others.
            line.AddRange(new FileInfo(folder).LinkTarget is { } target ? ["--symlink", target, folder] : ["--ro-bind", folder, folder]);
        }

        var python = Directory.Exists("/etc") ? Directory.GetDirectories("/etc", "python3*") : [];
        foreach (var path in Configuration.Concat(python).Where(Path.Exists))
            line.AddRange(["--ro-bind", path, path]);
        return line;
    }
}
