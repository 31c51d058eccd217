using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using k8s;

namespace AeroGrid.TestKit;

/// <summary>Creates the objects of YAML files through an API server, as <c>kubectl create</c> does.</summary>
public static partial class YamlObjects
{
    private const string CustomResourceDefinitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

    /// <summary>Creates what files or folders hold, CustomResourceDefinitions first, and waits until those are established.</summary>
    /// <param name="http">A client whose base address is the server.</param>
    /// <param name="paths">Files or folders, which are searched for <c>*.yaml</c>.</param>
    public static async Task InstallAsync(HttpClient http, params string[] paths)
    {
        var documents = paths
            .SelectMany(path => Directory.Exists(path) ? Directory.GetFiles(path, "*.yaml", SearchOption.AllDirectories).Order(StringComparer.Ordinal) : (IEnumerable<string>)[path])
            .SelectMany(file => Separator().Split(File.ReadAllText(file)))
            .Where(text => text.Split('\n').Any(line => line.Trim() is { Length: > 0 } trimmed && trimmed[0] != '#'))
            .ToList();
        await CreateAsync(http, [.. documents.Where(IsDefinition)]);
        await CreateAsync(http, [.. documents.Where(d => !IsDefinition(d))]);
    }

    private static async Task CreateAsync(HttpClient http, IReadOnlyList<string> documents)
    {
        foreach (var yaml in documents)
        {
            await CreateAsync(http, yaml);
        }
    }

    /// <summary>Creates the object of one YAML document.</summary>
    public static async Task CreateAsync(HttpClient http, string yaml)
    {
        var obj = JsonNode.Parse(KubernetesJson.Serialize(KubernetesYaml.Deserialize<Dictionary<string, object>>(yaml)))!.AsObject();
        var url = IsDefinition(yaml) ? CustomResourceDefinitions : await UrlAsync(http, obj);
        using var content = new StringContent(yaml, Encoding.UTF8, new MediaTypeHeaderValue("application/yaml"));
        using var response = await http.PostAsync(new Uri(url, UriKind.Relative), content);
        var body = await response.Content.ReadAsStringAsync();
        if (response.StatusCode is not (HttpStatusCode.Created or HttpStatusCode.Conflict))
        {
            throw new InvalidOperationException($"POST {url} answered {(int)response.StatusCode}: {body}");
        }

        if (IsDefinition(yaml))
        {
            var name = (string)obj["metadata"]!["name"]!;
            await Eventually.Async(async () =>
            {
                var definition = JsonNode.Parse(await http.GetStringAsync(new Uri($"{CustomResourceDefinitions}/{name}", UriKind.Relative)))!;
                var established = (definition["status"]?["conditions"] as JsonArray ?? [])
                    .Any(c => (string?)c!["type"] == "Established" && (string?)c["status"] == "True");
                return established ? true : throw new InvalidOperationException($"{name} is not established: {definition["status"]?.ToJsonString()}");
            });
        }
    }

    /// <summary>The URL of a kind, from discovery.</summary>
    private static async Task<string> UrlAsync(HttpClient http, JsonObject obj)
    {
        var (apiVersion, kind) = ((string)obj["apiVersion"]!, (string)obj["kind"]!);
        var root = apiVersion.Contains('/') ? $"/apis/{apiVersion}" : $"/api/{apiVersion}";
        var resources = JsonNode.Parse(await http.GetStringAsync(new Uri(root, UriKind.Relative)))!["resources"]!.AsArray();
        var resource = resources.First(r => (string)r!["kind"]! == kind && !((string)r["name"]!).Contains('/'))!;
        return (bool)resource["namespaced"]!
            ? $"{root}/namespaces/{(string?)obj["metadata"]?["namespace"] ?? "default"}/{(string)resource["name"]!}"
            : $"{root}/{(string)resource["name"]!}";
    }

    private static bool IsDefinition(string yaml) => yaml.Contains("kind: CustomResourceDefinition", StringComparison.Ordinal);

    [GeneratedRegex(@"^---\s*$", RegexOptions.Multiline | RegexOptions.NonBacktracking)]
    private static partial Regex Separator();
}
