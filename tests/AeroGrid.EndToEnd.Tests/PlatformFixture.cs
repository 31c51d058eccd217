using System.Net;
using AeroGrid.TestKit;

namespace AeroGrid.EndToEnd.Tests;

/// <summary>One platform for all stories that do not restart it; each story uses app names of its own.</summary>
public sealed class PlatformFixture : IAsyncLifetime
{
    /// <summary>The platform.</summary>
    public RunningPlatform Platform { get; private set; } = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => Platform = await RunningPlatform.StartAsync();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Platform is null ? ValueTask.CompletedTask : Platform.DisposeAsync();
}

/// <summary>Shares <see cref="PlatformFixture"/>.</summary>
[CollectionDefinition("platform")]
public sealed class PlatformCollection : ICollectionFixture<PlatformFixture>;

/// <summary>What the stories do again and again.</summary>
internal static class Stories
{
    /// <summary>A copy of a sample that a story may edit.</summary>
    public static string CopySample(string name)
    {
        var target = Directory.CreateTempSubdirectory("aerogrid-app-").FullName;
        foreach (var file in Directory.GetFiles(Path.Combine(Tools.RepositoryRoot, "samples", name)))
        {
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        }

        return target;
    }

    /// <summary>Deploys and waits; fails with the command's own words.</summary>
    public static async Task DeployAsync(this RunningPlatform platform, string folder, string name, params string[] more)
    {
        var result = await platform.CliAsync(["deploy", folder, "--name", name, "--wait", .. more]);
        result.ExitCode.ShouldBe(0, result.ToString());
    }

    /// <summary>A one-file web app that answers every request with a text.</summary>
    public static string WebApp(string answer) =>
        $$"""
        import http.server, os

        class Handler(http.server.BaseHTTPRequestHandler):
            disable_nagle_algorithm = True

            def do_GET(self):
                body = {{ToPython(answer)}}.encode()
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
        """;

    /// <summary>Writes an app folder with one file.</summary>
    public static string Folder(string appPy, string? requirements = null)
    {
        var folder = Directory.CreateTempSubdirectory("aerogrid-app-").FullName;
        File.WriteAllText(Path.Combine(folder, "app.py"), appPy);
        if (requirements is not null)
        {
            File.WriteAllText(Path.Combine(folder, "requirements.txt"), requirements);
        }

        return folder;
    }

    /// <summary>GETs until the app answers with this text.</summary>
    public static Task AnswersAsync(this RunningPlatform platform, string path, string expected, string token) =>
        Eventually.Async(async () =>
        {
            var (status, body, _) = await platform.GetAsync(path, token);
            status.ShouldBe(HttpStatusCode.OK, body);
            body.ShouldContain(expected);
        });

    private static string ToPython(string text) => System.Text.Json.JsonSerializer.Serialize(text);
}
