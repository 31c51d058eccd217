namespace AeroGrid.Registry.Http;

/// <summary>Headers of the distribution specification that HTTP does not know.</summary>
internal static class RegistryHeaders
{
    /// <summary>Digest of the content that is sent, or was stored.</summary>
    public const string ContentDigest = "Docker-Content-Digest";

    /// <summary>Name of an upload, for logs of clients.</summary>
    public const string UploadId = "Docker-Upload-UUID";
}
