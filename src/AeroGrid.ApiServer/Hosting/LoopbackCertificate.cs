using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using AeroGrid.ApiServer.Files;

namespace AeroGrid.ApiServer.Hosting;

/// <summary>The certificate of a server that listens on loopback only: self-signed, for localhost, 127.0.0.1 and ::1, kept in a file.</summary>
public static class LoopbackCertificate
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(3650);
    private static readonly TimeSpan RenewBefore = TimeSpan.FromDays(30);

    /// <summary>Reads the certificate with its key from a PEM file (mode 0600); makes it where there is none, or it ends soon.</summary>
    /// <exception cref="IOException">The file cannot be read or written.</exception>
    public static X509Certificate2 LoadOrCreate(string file, TimeProvider timeProvider)
    {
        ArgumentNullException.ThrowIfNull(timeProvider);
        var now = timeProvider.GetUtcNow();
        if (File.Exists(file))
        {
            var present = X509Certificate2.CreateFromPemFile(file);
            if (present.NotAfter.ToUniversalTime() - now.UtcDateTime > RenewBefore)
            {
                return present;
            }

            present.Dispose();
        }

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var made = Request(key).CreateSelfSigned(now.AddDays(-1), now + Lifetime);
        PrivateFile.Write(file, Encoding.ASCII.GetBytes($"{made.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n"));
        return X509Certificate2.CreateFromPemFile(file);
    }

    /// <summary>The value of <c>certificate-authority-data</c> in a kubeconfig.</summary>
    public static string AuthorityData(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return Convert.ToBase64String(Encoding.ASCII.GetBytes(certificate.ExportCertificatePem()));
    }

    private static CertificateRequest Request(ECDsa key)
    {
        var request = new CertificateRequest("CN=aerogrid", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());

        // It signs itself, hence it is its own authority for the clients that are given it.
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        return request;
    }
}
