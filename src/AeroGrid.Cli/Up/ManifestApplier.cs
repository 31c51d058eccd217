using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using AeroGrid.Api;
using AeroGrid.ControllerRuntime.Client;
using k8s.Models;
using YamlDotNet.Serialization;

namespace AeroGrid.Cli.Up;

/// <summary>
/// Applies manifests server-side, of any kind that the API server knows: discovery tells where a kind lives, as it does for kubectl.
/// Applying what is there already writes nothing. Thread-safe.
/// </summary>
internal sealed class ManifestApplier(HttpClient http, string fieldManager)
{
    private static readonly IDeserializer Yaml = new DeserializerBuilder().IgnoreUnmatchedProperties().Build();
    private readonly ConcurrentDictionary<string, Task<V1APIResourceList>> _discovered = new(StringComparer.Ordinal);

    /// <summary>Applies one manifest.</summary>
    /// <exception cref="KubernetesApiException">The API server refused it.</exception>
    public async Task ApplyAsync(Manifest manifest, CancellationToken cancellationToken)
    {
        var header = Yaml.Deserialize<Header>(manifest.Yaml);
        var path = await PathAsync(header, manifest.File, cancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Patch, $"{path}?fieldManager={fieldManager}&force=true")
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(manifest.Yaml)),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/apply-patch+yaml");
        using var response = await http.SendAsync(request, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            var status = await response.Content.ReadFromJsonAsync<V1Status>(ResourceSerializer.Options, cancellationToken) ?? new V1Status();
            throw new KubernetesApiException(response.StatusCode, status, $"applying {manifest.File}");
        }
    }

    private async Task<string> PathAsync(Header header, string file, CancellationToken cancellationToken)
    {
        var root = header.ApiVersion.Contains('/') ? $"apis/{header.ApiVersion}" : $"api/{header.ApiVersion}";
        var resources = await _discovered.GetOrAdd(root, path => DiscoverAsync(path, cancellationToken));
        var resource = resources.Resources.FirstOrDefault(r => r.Kind == header.Kind && !r.Name.Contains('/'))
            ?? throw new InvalidOperationException($"{file}: the API server does not know {header.ApiVersion} {header.Kind}.");
        var within = resource.Namespaced ? $"namespaces/{header.Metadata.Namespace}/" : "";
        return $"{root}/{within}{resource.Name}/{header.Metadata.Name}";
    }

    private async Task<V1APIResourceList> DiscoverAsync(string path, CancellationToken cancellationToken) =>
        await http.GetFromJsonAsync<V1APIResourceList>(path, ResourceSerializer.Options, cancellationToken)
            ?? throw new InvalidOperationException($"{path}: the API server answered null.");

    private sealed class Header
    {
        [YamlMember(Alias = "apiVersion")]
        public string ApiVersion { get; set; } = "";

        [YamlMember(Alias = "kind")]
        public string Kind { get; set; } = "";

        [YamlMember(Alias = "metadata")]
        public Metadata Metadata { get; set; } = new();
    }

    private sealed class Metadata
    {
        [YamlMember(Alias = "name")]
        public string Name { get; set; } = "";

        [YamlMember(Alias = "namespace")]
        public string? Namespace { get; set; }
    }
}
