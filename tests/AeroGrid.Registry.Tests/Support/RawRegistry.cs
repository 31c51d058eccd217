using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace AeroGrid.Registry.Tests.Support;

/// <summary>Requests one by one, as the distribution specification describes them.</summary>
internal static class RawRegistry
{
    public const string ManifestType = "application/vnd.oci.image.manifest.v1+json";

    public static string DigestOf(byte[] content) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(content));

    public static async Task<HttpResponseMessage> SendAsync(
        this HttpClient http, string method, string path, byte[]? content = null, string? type = null, string? range = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (content is not null)
        {
            request.Content = new ByteArrayContent(content);
            request.Content.Headers.ContentType = new(type ?? "application/octet-stream");
            if (range is not null)
                request.Content.Headers.TryAddWithoutValidation("Content-Range", range);
        }

        return await http.SendAsync(request);
    }

    public static async Task<string> StartUploadAsync(this HttpClient http, string repository = "demo/app")
    {
        using var response = await http.SendAsync("POST", $"/v2/{repository}/blobs/uploads/");
        response.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        return response.Headers.Location!.ToString();
    }

    public static async Task<string> PushBlobAsync(this HttpClient http, byte[] content, string repository = "demo/app")
    {
        var digest = DigestOf(content);
        using var response = await http.SendAsync("POST", $"/v2/{repository}/blobs/uploads/?digest={digest}", content);
        response.StatusCode.ShouldBe(HttpStatusCode.Created, await response.Content.ReadAsStringAsync());
        return digest;
    }

    /// <summary>Pushes an image of one layer.</summary>
    public static async Task<(string Manifest, string Layer, string Config)> PushImageAsync(
        this HttpClient http, string repository, string reference, byte[]? layer = null)
    {
        layer ??= Encoding.UTF8.GetBytes($"layer of {repository}:{reference}");
        var config = Encoding.UTF8.GetBytes(new JsonObject
        {
            ["architecture"] = "amd64",
            ["os"] = "linux",
            ["rootfs"] = new JsonObject { ["type"] = "layers", ["diff_ids"] = new JsonArray(DigestOf(layer)) },
        }.ToJsonString());
        await http.PushBlobAsync(layer, repository);
        await http.PushBlobAsync(config, repository);
        var manifest = Manifest(config, layer);
        var target = reference.Length == 0 ? DigestOf(manifest) : reference;
        using var response = await http.SendAsync("PUT", $"/v2/{repository}/manifests/{target}", manifest, ManifestType);
        response.StatusCode.ShouldBe(HttpStatusCode.Created, await response.Content.ReadAsStringAsync());
        return (DigestOf(manifest), DigestOf(layer), DigestOf(config));
    }

    public static byte[] Manifest(byte[] config, byte[] layer) => Encoding.UTF8.GetBytes(new JsonObject
    {
        ["schemaVersion"] = 2,
        ["mediaType"] = ManifestType,
        ["config"] = Descriptor("application/vnd.oci.image.config.v1+json", config),
        ["layers"] = new JsonArray(Descriptor("application/vnd.oci.image.layer.v1.tar", layer)),
    }.ToJsonString());

    /// <summary>Status and the first error's code.</summary>
    public static async Task<(HttpStatusCode Status, string Code, string Message)> ErrorAsync(this Task<HttpResponseMessage> sent)
    {
        using var response = await sent;
        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["errors"]![0]!;
        return (response.StatusCode, error["code"]!.GetValue<string>(), error["message"]!.GetValue<string>());
    }

    private static JsonObject Descriptor(string type, byte[] content) =>
        new() { ["mediaType"] = type, ["digest"] = DigestOf(content), ["size"] = content.Length };
}
