using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using AeroGrid.TestKit;

namespace AeroGrid.EndToEnd.Tests;

/// <summary>A package index on loopback (PEP 503) with wheels that the test makes, in place of PyPI.</summary>
internal sealed class PackageIndex : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Dictionary<string, byte[]> _wheels = [];
    private readonly Task _serving;

    public PackageIndex()
    {
        var port = RunningPlatform.FreePort();
        Url = new Uri($"http://127.0.0.1:{port}/simple/");
        _listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        _listener.Start();
        _serving = ServeAsync();
    }

    /// <summary>The value of PIP_INDEX_URL.</summary>
    public Uri Url { get; }

    /// <summary>Adds a pure-Python wheel (PEP 427) with one module of the package's name.</summary>
    public void Add(string name, string version, string module)
    {
        var files = new Dictionary<string, string>
        {
            [$"{name}/__init__.py"] = module,
            [$"{name}-{version}.dist-info/METADATA"] = $"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
            [$"{name}-{version}.dist-info/WHEEL"] = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        };
        var record = string.Concat(files.Select(f =>
            $"{f.Key},sha256={System.Buffers.Text.Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(f.Value)))},{Encoding.UTF8.GetByteCount(f.Value)}\n"));
        files[$"{name}-{version}.dist-info/RECORD"] = $"{record}{name}-{version}.dist-info/RECORD,,\n";

        using var buffer = new MemoryStream();
        using (var archive = new ZipArchive(buffer, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (path, text) in files)
            {
                using var entry = new StreamWriter(archive.CreateEntry(path).Open());
                entry.Write(text);
            }
        }

        _wheels[$"{name}-{version}-py3-none-any.whl"] = buffer.ToArray();
    }

    public void Dispose()
    {
        _listener.Stop();
        _serving.Wait();
        _listener.Close();
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                // Stopped: the end of the test.
                return;
            }

            var (type, body) = Answer(context.Request.Url!.AbsolutePath.Trim('/').Split('/'));
            context.Response.StatusCode = body is null ? 404 : 200;
            context.Response.ContentType = type;
            context.Response.Close(body ?? [], willBlock: false);
        }
    }

    private (string Type, byte[]? Body) Answer(string[] path) => path switch
    {
        ["simple", var name] when WheelsOf(name).ToList() is { Count: > 0 } wheels => (
            "text/html", Encoding.UTF8.GetBytes(string.Concat(wheels.Select(w => $"<a href=\"/files/{w}\">{w}</a>\n")))),
        ["files", var wheel] when _wheels.TryGetValue(wheel, out var content) => ("application/octet-stream", content),
        _ => ("text/plain", null),
    };

    private IEnumerable<string> WheelsOf(string name) => _wheels.Keys.Where(w => w.StartsWith($"{name}-", StringComparison.Ordinal));
}
