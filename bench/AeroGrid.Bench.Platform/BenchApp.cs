using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using AeroGrid.TestKit;

namespace AeroGrid.Bench.Platform;

/// <summary>A small web app on a running platform whose answer names its version.</summary>
internal sealed class BenchApp : IDisposable
{
    private readonly HttpClient _api;
    private readonly string _name;

    private BenchApp(RunningPlatform platform, string name, string appToken, string adminToken)
    {
        _name = name;
        Path = $"/apps/demo/{name}/";
        Gateway = new HttpClient(new SocketsHttpHandler()) { BaseAddress = new Uri($"http://localhost:{platform.AppsPort}") };
        Gateway.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", appToken);
        _api = new HttpClient(new SocketsHttpHandler()) { BaseAddress = new Uri($"http://localhost:{platform.Port}") };
        _api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", adminToken);
    }

    /// <summary>Path on the apps origin.</summary>
    public string Path { get; }

    /// <summary>A client of the apps origin with a token.</summary>
    public HttpClient Gateway { get; }

    public static async Task<BenchApp> CreateAsync(RunningPlatform platform, string name)
    {
        var kubeconfig = await File.ReadAllLinesAsync(platform.Kubeconfig);
        var adminToken = kubeconfig.Single(line => line.TrimStart().StartsWith("token:", StringComparison.Ordinal)).Split(':')[1].Trim();
        return new BenchApp(platform, name, await platform.TokenAsync(), adminToken);
    }

    /// <summary>The script of a version.</summary>
    public static string Script(int version) =>
        $$"""
        import http.server, os, signal, sys

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self):
                body = b"version {{version}}"
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        server.serve_forever()
        """;

    /// <summary>Saves a version, as the console or <c>kubectl apply --server-side</c> does.</summary>
    public async Task SaveAsync(int version)
    {
        var app = new JsonObject
        {
            ["apiVersion"] = "aerogrid.io/v1alpha1",
            ["kind"] = "App",
            ["metadata"] = new JsonObject { ["name"] = _name, ["namespace"] = "demo" },
            ["spec"] = new JsonObject
            {
                ["runtime"] = "python-web",
                ["files"] = new JsonArray(new JsonObject { ["path"] = "app.py", ["content"] = Script(version) }),
            },
        };
        using var content = new StringContent(app.ToJsonString(), Encoding.UTF8, "application/apply-patch+yaml");
        using var response = await _api.PatchAsync($"/apis/aerogrid.io/v1alpha1/namespaces/demo/apps/{_name}?fieldManager=bench&force=true", content);
        if (!response.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"saving failed: {response.StatusCode} {await response.Content.ReadAsStringAsync()}");
        }
    }

    /// <summary>Asks without a pause until a version answers.</summary>
    public async Task AnswersAsync(int version)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            using var response = await Gateway.GetAsync(Path, limit.Token);
            if (response.StatusCode == HttpStatusCode.OK && await response.Content.ReadAsStringAsync(limit.Token) == $"version {version}")
            {
                return;
            }

            // A breath, so that the question does not take the processor from the answer.
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, limit.Token);
        }
    }

    public void Dispose()
    {
        Gateway.Dispose();
        _api.Dispose();
    }
}
