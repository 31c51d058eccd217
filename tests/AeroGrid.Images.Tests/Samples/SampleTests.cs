using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using AeroGrid.Images.Tests.Support;
using AeroGrid.TestKit;

namespace AeroGrid.Images.Tests.Samples;

/// <summary>What a beginner copies must work.</summary>
public sealed class SampleTests
{
    private static readonly string Folder = Path.Combine(Tools.RepositoryRoot, "samples");

    [Fact]
    public async Task Hello_greets_whom_the_gateway_names_and_finishes_what_it_began()
    {
        using var app = Start("hello");
        using var http = new HttpClient(new SocketsHttpHandler()) { BaseAddress = app.Address };
        (await Eventually.Async(() => http.GetStringAsync("/"))).ShouldBe("Hello, world!\n");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "X-Aerogrid-User", "demo" } } };
        (await (await http.SendAsync(request)).Content.ReadAsStringAsync()).ShouldBe("Hello, demo!\n");

        // A request that is on its way when the app is told to end …
        using var slow = new TcpClient();
        await slow.ConnectAsync(IPAddress.Loopback, app.Address.Port);
        await slow.GetStream().WriteAsync("GET / HTTP/1.1\r\n"u8.ToArray());
        // (any answer after the connection was made says that it was accepted: one thread accepts them in order)
        await http.GetStringAsync("/");
        app.Terminate();
        await Eventually.Async(() => Should.ThrowAsync<HttpRequestException>(http.GetStringAsync("/")));
        await slow.GetStream().WriteAsync("Host: x\r\n\r\n"u8.ToArray());

        // … is answered before it ends, on its own accord.
        (await new StreamReader(slow.GetStream()).ReadToEndAsync()).ShouldEndWith("Hello, world!\n");
        (await app.WaitAsync()).ShouldBe(0);
        app.Output.ShouldContain("Hello has ended");
    }

    [Fact]
    public async Task Broken_fails_with_a_syntax_error()
    {
        using var app = Start("broken");

        (await app.WaitAsync()).ShouldNotBe(0);

        app.Output.ShouldContain("SyntaxError");
    }

    [Fact]
    public async Task Requirements_runs_with_what_its_requirements_bring()
    {
        // The sample needs nothing of humanize but intcomma, which this stand-in has: tests do without the package index.
        await using var index = await PackageIndex.StartAsync();
        index.Add("humanize", "4.9.0", "def intcomma(number):\n    return f'{number:,}'\n");
        using var builder = new Builder();
        builder.WriteRequirements(File.ReadAllText(Path.Combine(Folder, "requirements/requirements.txt")));
        var (exitCode, report) = await builder.RunAsync("resolve", new() { ["PIP_INDEX_URL"] = index.Address });
        exitCode.ShouldBe(0, report?.ToJsonString());

        using var app = Start("requirements", builder.Site);
        using var http = new HttpClient(new SocketsHttpHandler()) { BaseAddress = app.Address };

        (await Eventually.Async(() => http.GetStringAsync("/"))).ShouldContain("this is request 1.");
    }

    [Fact]
    public void Every_sample_says_how_it_runs()
    {
        foreach (var sample in Directory.GetDirectories(Folder))
        {
            File.Exists(Path.Combine(sample, "app.py")).ShouldBeTrue(sample);
            File.ReadAllText(Path.Combine(sample, "aerogrid.yaml")).ShouldContain("runtime: python", customMessage: sample);
        }
    }

    private static RunningApp Start(string sample, string dependencies = "")
    {
        Assert.SkipUnless(File.Exists("/usr/bin/python3"), "/usr/bin/python3 is not installed");
        return new RunningApp(Path.Combine(Folder, sample), dependencies);
    }

    /// <summary>A sample as a process, started as the runtime starts it.</summary>
    private sealed class RunningApp : IDisposable
    {
        private readonly Process process;
        private readonly Task<string> output;
        private readonly Task<string> error;

        public RunningApp(string folder, string dependencies)
        {
            using var probe = new TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            var port = ((IPEndPoint)probe.LocalEndpoint).Port;
            probe.Stop();
            Address = new Uri($"http://127.0.0.1:{port}/");
            process = Process.Start(new ProcessStartInfo("/usr/bin/python3", ["-B", "-u", "app.py"])
            {
                WorkingDirectory = folder,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment = { ["PORT"] = $"{port}", ["PYTHONPATH"] = dependencies },
            })!;
            output = process.StandardOutput.ReadToEndAsync();
            error = process.StandardError.ReadToEndAsync();
        }

        public Uri Address { get; }

        public string Output => output.Result + error.Result;

        public void Terminate() => Process.Start("kill", ["-TERM", $"{process.Id}"]).WaitForExit();

        public async Task<int> WaitAsync()
        {
            using var limit = new CancellationTokenSource(Eventually.DefaultTimeout);
            await process.WaitForExitAsync(limit.Token);
            return process.ExitCode;
        }

        public void Dispose()
        {
            if (!process.HasExited)
                process.Kill();
            process.Dispose();
        }
    }
}
