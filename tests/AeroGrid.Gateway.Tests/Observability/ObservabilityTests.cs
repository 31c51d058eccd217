using System.Text.Json;

using AeroGrid.Gateway.Observability;
using AeroGrid.Gateway.Tests.Support;
using AeroGrid.TestKit;

namespace AeroGrid.Gateway.Tests.Observability;

// Meters are of the process: other gateways' requests would be counted too.
[Collection(nameof(ObservabilityTests))]
[CollectionDefinition(nameof(ObservabilityTests), DisableParallelization = true)]
public class ObservabilityTests
{
    [Fact]
    public async Task Each_request_is_one_line_without_query_or_name()
    {
        var folder = Directory.CreateTempSubdirectory("aerogrid-access-");
        var file = Path.Combine(folder.FullName, "access.log");
        await using (var gateway = await RunningGateway.StartAsync(options => options with { AccessLogFile = file }))
        {
            await gateway.EchoAsync("/apps/demo/hello/a%20b?secret=1", change: request => request.Headers.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
            (await gateway.SendAsync("/apps/demo/hello/", token: null)).Dispose();
            (await gateway.SendAsync("/unknown\"", token: null)).Dispose();
        }

        var lines = (await File.ReadAllLinesAsync(file)).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        lines.Count.ShouldBe(3);
        Text(lines[0], "tenant").ShouldBe("demo");
        Text(lines[0], "app").ShouldBe("hello");
        Text(lines[0], "method").ShouldBe("GET");
        Text(lines[0], "path").ShouldBe("/apps/demo/hello/a%20b");
        Text(lines[0], "trace").ShouldBe("0af7651916cd43dd8448eb211c80319c");
        Text(lines[0], "user").ShouldMatch("^[0-9a-f]{16}$");
        lines[0].GetProperty("status").GetInt32().ShouldBe(200);
        lines[0].GetProperty("bytes").GetInt64().ShouldBeGreaterThan(100);
        lines[0].GetProperty("seconds").GetDouble().ShouldBeInRange(0, 30);
        lines[0].ToString().ShouldNotContain("secret");
        lines[0].ToString().ShouldNotContain("alice");
        lines[1].GetProperty("status").GetInt32().ShouldBe(401);
        Text(lines[1], "problem").ShouldBe("no-token");
        Text(lines[2], "path").ShouldBe("/unknown\"");
        lines[2].GetProperty("status").GetInt32().ShouldBe(404);
        (File.GetUnixFileMode(file) & (UnixFileMode.GroupRead | UnixFileMode.OtherRead)).ShouldBe(UnixFileMode.None);
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task An_unwritable_log_does_not_stop_requests()
    {
        await using var gateway = await RunningGateway.StartAsync(options => options with { AccessLogFile = "/proc/none/access.log" });
        await gateway.EchoAsync("/apps/demo/hello/");
        await Eventually.True(() => gateway.Logs.Any(line => line.Contains("cannot be written")), "no warning");
        await gateway.EchoAsync("/apps/demo/hello/");
    }

    [Fact]
    public async Task Metrics_have_the_names_of_the_conventions_and_tell_apps_apart()
    {
        using var page = new MetricsEndpoint.MetricsPage(["AeroGrid.*"]);
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Put(Given.Slice("gone", http: RunningPlatform.FreePort()));
        for (var i = 0; i < 10; i++)
            await gateway.EchoAsync("/apps/demo/hello/");
        (await gateway.SendAsync("/apps/demo/hello/", token: null)).Dispose();
        (await gateway.SendAsync("/apps/demo/unknown/", token: null, method: new HttpMethod("INVENTED"))).Dispose();

        await Eventually.Async(() =>
        {
            var text = page.Collect();
            text.ShouldContain("# TYPE http_server_request_duration_seconds histogram");
            const string App = """otel_scope_name="AeroGrid.Gateway",aerogrid_app_name="hello",""";
            text.ShouldContain($$"""_count{{{App}}http_request_method="GET",http_response_status_code="200",k8s_namespace_name="demo"} 10""", Case.Sensitive, text);
            text.ShouldContain($$"""_bucket{{{App}}http_request_method="GET",http_response_status_code="200",k8s_namespace_name="demo",le="+Inf"} 10""");
            text.ShouldContain($$"""_count{{{App}}error_type="no-token",http_request_method="GET",http_response_status_code="401",k8s_namespace_name="demo"} 1""");
            text.ShouldContain("""_count{otel_scope_name="AeroGrid.Gateway",error_type="unknown-app",http_request_method="_OTHER",http_response_status_code="404"} 1""");
            text.ShouldContain("# TYPE http_server_active_requests gauge");
            text.ShouldContain($$"""aerogrid_gateway_retries_total{{{App}}error_type="connection_refused",k8s_namespace_name="demo"}""");
            return Task.CompletedTask;
        });
    }

    private static string Text(JsonElement line, string name) => line.GetProperty(name).GetString() ?? "";
}
