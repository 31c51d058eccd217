using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AeroGrid.ApiServer.Tests.PodLogs;

/// <summary>The log endpoint of a kubelet over HTTP on loopback: what a test writes to it comes out at the other end.</summary>
internal sealed class TestKubelet : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestKubelet(WebApplication app) => _app = app;

    public int Port => new Uri(_app.Urls.Single()).Port;

    public Channel<string> Lines { get; } = Channel.CreateUnbounded<string>();

    public string? Asked { get; private set; }

    public string? Authorization { get; private set; }

    public (int Status, string Text)? Refusal { get; set; }

    public static async Task<TestKubelet> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(o => o.Listen(IPAddress.Loopback, 0));
        var kubelet = new TestKubelet(builder.Build());
        kubelet._app.Map("/containerLogs/{ns}/{pod}/{container}", kubelet.ServeAsync);
        await kubelet._app.StartAsync();
        return kubelet;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task ServeAsync(HttpContext context)
    {
        Asked = context.Request.Path + context.Request.QueryString;
        Authorization = context.Request.Headers.Authorization;
        if (Refusal is { } refusal)
        {
            context.Response.StatusCode = refusal.Status;
            await context.Response.WriteAsync(refusal.Text);
            return;
        }

        await context.Response.StartAsync();
        await foreach (var line in Lines.Reader.ReadAllAsync(context.RequestAborted))
        {
            if (line == "break")
            {
                context.Abort();
                return;
            }

            await context.Response.WriteAsync(line + "\n");
            await context.Response.Body.FlushAsync();
        }
    }
}
