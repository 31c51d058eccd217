using System.IO.Compression;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AeroGrid.Images.Tests.Support;

/// <summary>A package index (PEP 503) on loopback, with wheels made here (PEP 427).</summary>
internal sealed class PackageIndex : IAsyncDisposable
{
    private readonly Dictionary<string, (string File, byte[] Content)> wheels = [];
    private WebApplication app = null!;

    public string Address { get; private set; } = "";

    public static async Task<PackageIndex> StartAsync()
    {
        var index = new PackageIndex();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        index.app = builder.Build();
        index.app.Run(index.AnswerAsync);
        await index.app.StartAsync();
        index.Address = index.app.Urls.Single() + "/simple";
        return index;
    }

    /// <summary>Adds a package of one module.</summary>
    public void Add(string name, string version, string code)
    {
        var info = $"{name}-{version}.dist-info";
        using var content = new MemoryStream();
        using (var archive = new ZipArchive(content, ZipArchiveMode.Create, leaveOpen: true))
        {
            Write(archive, $"{name}/__init__.py", code);
            Write(archive, $"{info}/METADATA", $"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n");
            Write(archive, $"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n");
            Write(archive, $"{info}/RECORD", $"{name}/__init__.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n");
        }

        wheels[name] = ($"{name}-{version}-py3-none-any.whl", content.ToArray());
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private Task AnswerAsync(HttpContext context)
    {
        var parts = context.Request.Path.Value!.Trim('/').Split('/');
        if (parts is ["simple", var name] && wheels.TryGetValue(name, out var wheel))
        {
            context.Response.ContentType = "text/html";
            return context.Response.WriteAsync($"<!DOCTYPE html><html><body><a href=\"/files/{wheel.File}\">{wheel.File}</a></body></html>");
        }

        if (parts is ["files", var file] && wheels.Values.FirstOrDefault(w => w.File == file) is { Content: { } bytes })
            return context.Response.Body.WriteAsync(bytes).AsTask();
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private static void Write(ZipArchive archive, string path, string text)
    {
        using var writer = new StreamWriter(archive.CreateEntry(path).Open());
        writer.Write(text);
    }
}
