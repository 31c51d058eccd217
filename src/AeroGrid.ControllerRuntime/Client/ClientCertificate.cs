using System.Security.Cryptography.X509Certificates;
using System.Text;

using k8s;

namespace AeroGrid.ControllerRuntime.Client;

/// <summary>The client certificate that a kubeconfig names, inline (base64 of PEM) or in files.</summary>
internal static class ClientCertificate
{
    public static X509Certificate2? Of(KubernetesClientConfiguration configuration)
    {
        var certificate = Pem(configuration.ClientCertificateData, configuration.ClientCertificateFilePath);
        var key = Pem(configuration.ClientCertificateKeyData, configuration.ClientKeyFilePath);
        return certificate is null || key is null ? null : X509Certificate2.CreateFromPem(certificate, key);
    }

    private static string? Pem(string? inline, string? file)
    {
        if (!string.IsNullOrEmpty(inline))
            return Encoding.UTF8.GetString(Convert.FromBase64String(inline));
        return string.IsNullOrEmpty(file) ? null : File.ReadAllText(file);
    }
}
