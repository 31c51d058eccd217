using System.Text;
using AeroGrid.ApiServer.Files;

namespace AeroGrid.Cli.Up;

/// <summary>The kubeconfig of a platform on one machine (https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/).</summary>
internal static class KubeconfigFile
{
    /// <summary>Writes a kubeconfig with cluster-admin access, mode 0600.</summary>
    /// <param name="path">The file.</param>
    /// <param name="server">
    /// Base address of the API server; it must be https, for kubectl sends the token to no other
    /// (listen with <see cref="AeroGrid.ApiServer.Hosting.TlsWhenAsked.UseTlsWhenAsked"/>, then http works on the same port).
    /// </param>
    /// <param name="token">Bearer token.</param>
    /// <param name="authorityData">See <see cref="AeroGrid.ApiServer.Hosting.LoopbackCertificate.AuthorityData"/>.</param>
    /// <exception cref="ArgumentException">The server is not https.</exception>
    public static void Write(string path, Uri server, string token, string authorityData)
    {
        if (server.Scheme != Uri.UriSchemeHttps)
        {
            throw new ArgumentException($"kubectl sends tokens to https servers only, not to {server}", nameof(server));
        }

        PrivateFile.Write(path, Encoding.UTF8.GetBytes(
            $"""
            apiVersion: v1
            kind: Config
            current-context: aerogrid
            clusters:
            - name: aerogrid
              cluster:
                server: {server.GetLeftPart(UriPartial.Authority)}
                certificate-authority-data: {authorityData}
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
}
