using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace AeroGrid.Bench.Gateway;

/// <summary>wrk against nginx and against the gateway in turns, so that what else the machine does meets both alike.</summary>
internal static class Ratio
{
    private const double Limit = 0.7;
    private const int Connections = 64;
    private const double TicksPerSecond = 100;
    private const string Rate = "Requests/sec:";

    public static async Task<int> RunAsync(int rounds, int seconds)
    {
        var folder = Directory.CreateTempSubdirectory("aerogrid-bench-gateway-").FullName;
        var (upstream, nginx, gateway) = (FreePort(), FreePort(), FreePort());
        using var upstreamServer = StartNginx(folder, "upstream", UpstreamConfiguration(upstream));
        using var nginxServer = StartNginx(folder, "proxy", ProxyConfiguration(nginx, upstream));
        using var gatewayServer = Start(
            Environment.ProcessPath!,
            [.. EntryArguments(), "serve", $"{gateway}", $"{upstream}", Path.Combine(folder, "gateway-access.log")]);
        try
        {
            var token = await gatewayServer.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The gateway did not start.");
            var direct = new Target("upstream itself", $"http://127.0.0.1:{upstream}/", null, upstreamServer);
            var limit = new Target("nginx, no check", $"http://127.0.0.1:{nginx}/apps/demo/hello/", null, nginxServer);
            var ours = new Target("gateway, JWT check", $"http://127.0.0.1:{gateway}/apps/demo/hello/", token, gatewayServer);

            // The JIT compiles hot code a second time in the background.
            foreach (var target in (Target[])[limit, ours, ours, ours])
                await RunWrkAsync(target, Connections, 5);
            foreach (var connections in (int[])[1, Connections])
            {
                Console.WriteLine($"{connections} connections, {rounds} rounds of {seconds} s:");
                var results = new Dictionary<Target, List<Result>>();
                for (var round = 0; round < rounds; round++)
                {
                    // Each round in the other order, so that a load that comes or goes meets nobody more often than others.
                    Target[] order = round % 2 == 0 ? [direct, limit, ours] : [ours, limit, direct];
                    foreach (var target in order)
                    {
                        if (!results.TryGetValue(target, out var list))
                            results[target] = list = [];
                        list.Add(await RunWrkAsync(target, connections, seconds));
                    }
                }

                foreach (var target in (Target[])[direct, limit, ours])
                {
                    var list = results[target];
                    Console.WriteLine(
                        $"  {target.Name,-20} {Median(list, r => r.RequestsPerSecond),8:0} requests/s   p50 {Median(list, r => r.P50),8:0} us   p99 {Median(list, r => r.P99),8:0} us   processor a request: {Median(list, r => r.ProcessorTime),6:0.0} us, wrk {Median(list, r => r.GeneratorTime),6:0.0} us");
                }

                // Neighbours in time are compared with each other.
                var ratios = results[ours].Zip(results[limit], (mine, theirs) => mine.RequestsPerSecond / theirs.RequestsPerSecond).ToList();
                var ratio = Median(ratios, value => value);
                Console.WriteLine(
                    $"  gateway / nginx      {ratio,8:0.00}   ({ratios.Min():0.00} to {ratios.Max():0.00}; limit {Limit:0.0}: {(ratio >= Limit ? "held" : "missed")})");
            }

            Console.WriteLine($"gateway: {ResidentMegabytes(gatewayServer.Id):0} MB resident");
            return 0;
        }
        finally
        {
            gatewayServer.StandardInput.Close();
            foreach (var server in (Process[])[gatewayServer, nginxServer, upstreamServer])
            {
                if (!server.WaitForExit(server == gatewayServer ? 3000 : 0))
                    server.Kill(entireProcessTree: true);
                await server.WaitForExitAsync();
            }

            Directory.Delete(folder, recursive: true);
        }
    }

    private static string UpstreamConfiguration(int port) =>
        $$"""
        server {
            listen 127.0.0.1:{{port}};
            keepalive_requests 1000000;
            access_log off;
            location / { default_type application/json; return 200 '{{new string('x', 512)}}'; }
        }
        """;

    private static string ProxyConfiguration(int port, int upstream) =>
        $$"""
        log_format aerogrid '$time_iso8601 $request_method $uri $status $request_time $body_bytes_sent';
        upstream app { server 127.0.0.1:{{upstream}}; keepalive 128; keepalive_requests 1000000; }
        server {
            listen 127.0.0.1:{{port}};
            keepalive_requests 1000000;
            access_log access.log aerogrid buffer=64k flush=1s;
            location /apps/demo/hello/ {
                proxy_pass http://app/;
                proxy_http_version 1.1;
                proxy_set_header Connection "";
                proxy_set_header X-Forwarded-For $remote_addr;
                proxy_set_header X-Forwarded-Proto $scheme;
                proxy_set_header X-Forwarded-Host $host;
                proxy_set_header X-Forwarded-Prefix /apps/demo/hello;
            }
        }
        """;

    private static Process StartNginx(string folder, string name, string server)
    {
        var prefix = Directory.CreateDirectory(Path.Combine(folder, name)).FullName;
        File.WriteAllText(
            Path.Combine(prefix, "nginx.conf"),
            $$"""
            daemon off;
            worker_processes auto;
            pid nginx.pid;
            error_log error.log;
            events { worker_connections 1024; }
            http { {{server}} }
            """);
        return Start("nginx", ["-p", prefix, "-c", Path.Combine(prefix, "nginx.conf"), "-e", Path.Combine(prefix, "error.log")]);
    }

    private static Process Start(string program, IEnumerable<string> arguments) => Process.Start(
        new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;

    /// <summary>Under <c>dotnet run</c> the process is the app's own host; under <c>dotnet X.dll</c> it is dotnet.</summary>
    private static string[] EntryArguments() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(Ratio).Assembly.Location] : [];

    private static async Task<Result> RunWrkAsync(Target target, int connections, int seconds)
    {
        string[] header = target.Token is null ? [] : ["-H", $"Authorization: Bearer {target.Token}"];
        var before = ProcessorSeconds(target.Server.Id);
        var children = ChildrenSeconds();
        using var wrk = Start("wrk", ["-t1", $"-c{connections}", $"-d{seconds}s", "--latency", .. header, target.Url]);
        var output = await wrk.StandardOutput.ReadToEndAsync();
        await wrk.WaitForExitAsync();
        if (output.Contains("Non-2xx") || !output.Contains(Rate))
            throw new InvalidOperationException($"{target.Name}:\n{output}");
        var used = ProcessorSeconds(target.Server.Id) - before;
        var requests = Number(output.Split('\n').First(line => line.Contains(" requests in ")).Split(' ', StringSplitOptions.RemoveEmptyEntries)[0]);
        return new(
            Number(ValueAfter(output, Rate)),
            Microseconds(output, "50%"),
            Microseconds(output, "99%"),
            used * 1_000_000 / requests,
            (ChildrenSeconds() - children) * 1_000_000 / requests);
    }

    private static double Median<T>(IEnumerable<T> items, Func<T, double> value)
    {
        var ordered = items.Select(value).Order().ToList();
        return (ordered[(ordered.Count - 1) / 2] + ordered[ordered.Count / 2]) / 2;
    }

    /// <summary>User and system time of children of this process that have ended: wrk.</summary>
    private static double ChildrenSeconds()
    {
        var fields = Statistics("/proc/self");
        return (Number(fields[15]) + Number(fields[16])) / TicksPerSecond;
    }

    private static double Microseconds(string output, string percentile)
    {
        var text = ValueAfter(output, $" {percentile} ");
        return text switch
        {
            [.. var number, 'u', 's'] => Number(number),
            [.. var number, 'm', 's'] => Number(number) * 1000,
            _ => Number(text[..^1]) * 1_000_000,
        };
    }

    /// <summary>User and system time of a process and its children, the workers of nginx.</summary>
    private static double ProcessorSeconds(int process)
    {
        return Directory.GetDirectories("/proc")
            .Where(folder => Path.GetFileName(folder).All(char.IsAsciiDigit))
            .Select(folder => Statistics(folder))
            .Where(fields => fields.Length > 15 && (fields[0] == $"{process}" || fields[3] == $"{process}"))
            .Sum(fields => (Number(fields[13]) + Number(fields[14])) / TicksPerSecond);
    }

    private static string[] Statistics(string folder)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, "stat")).Split(' ');
        }
        catch (IOException)
        {
            // It ended meanwhile.
            return [];
        }
    }

    private static double ResidentMegabytes(int process) =>
        double.Parse(File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) / 1024;

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>wrk prints names and values in columns.</summary>
    private static string ValueAfter(string output, string name) =>
        output[(output.IndexOf(name, StringComparison.Ordinal) + name.Length)..].Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries)[0];

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private sealed record Target(string Name, string Url, string? Token, Process Server);

    private sealed record Result(double RequestsPerSecond, double P50, double P99, double ProcessorTime, double GeneratorTime);
}
