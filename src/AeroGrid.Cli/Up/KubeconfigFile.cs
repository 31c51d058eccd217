using System.Text;

namespace AeroGrid.Cli.Up;

/// <summary>The kubeconfig of a platform on one machine (https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/).</summary>
internal static class KubeconfigFile
{
    /// <summary>Writes a kubeconfig with cluster-admin access, mode 0600.</summary>
    /// <param name="path">The file.</param>
    /// <param name="server">Base address of the API server.</param>
    /// <param name="token">Bearer token.</param>
    public static void Write(string path, Uri server, string token) =>
        PrivateFile.Write(path, Encoding.UTF8.GetBytes(
            $"""
            apiVersion: v1
            kind: Config
            current-context: aerogrid
            clusters:
            - name: aerogrid
              cluster:
                server: {server.GetLeftPart(UriPartial.Authority)}
            contexts:
            - name: aerogrid
              context:
                cluster: aerogrid
                user: admin
                namespace: demo
            users:
            - name: admin
              user:
                token: {token}

            """));
}
