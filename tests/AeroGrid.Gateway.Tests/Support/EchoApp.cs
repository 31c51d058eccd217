using System.Text;
using System.Text.Json;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace AeroGrid.Gateway.Tests.Support;

/// <summary>An app that answers with what it got.</summary>
internal sealed class EchoApp : IAsyncDisposable
{
    private readonly WebApplication app;
    private int requests;

    private EchoApp(WebApplication app) => this.app = app;

    public int Port => app.Port();

    public int Requests => Volatile.Read(ref requests);

    public static async Task<EchoApp> StartAsync(RequestDelegate? handler = null, HttpProtocols protocols = HttpProtocols.Http1, int port = 0)
    {
        EchoApp? echo = null;
        var server = TestHost.Create(
            port,
            context =>
            {
                Interlocked.Increment(ref echo!.requests);
                return (handler ?? EchoAsync)(context);
            },
            protocols);
        echo = new EchoApp(server);
        await server.StartAsync();
        return echo;
    }

    public static async Task EchoAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        await context.Response.WriteAsJsonAsync(new Echo(
            context.Request.Method,
            context.Features.Get<IHttpRequestFeature>()!.RawTarget,
            context.Request.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value.ToString()),
            Encoding.UTF8.GetString(body.ToArray()),
            context.Request.Protocol));
    }

    public Task StopAsync() => app.StopAsync();

    public ValueTask DisposeAsync() => app.DisposeAsync();
}

/// <summary>What an app got.</summary>
internal sealed record Echo(string Method, string Target, Dictionary<string, string> Headers, string Body, string Protocol)
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    public static async Task<Echo> ReadAsync(HttpResponseMessage response) =>
        JsonSerializer.Deserialize<Echo>(await response.Content.ReadAsStringAsync(), Web)!;
}
