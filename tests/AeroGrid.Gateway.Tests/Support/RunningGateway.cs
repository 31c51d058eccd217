using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

using k8s;
using k8s.Models;

using AeroGrid.ControllerRuntime;
using AeroGrid.Gateway.Hosting;
using AeroGrid.Gateway.Ingress;

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace AeroGrid.Gateway.Tests.Support;

/// <summary>A gateway on a port of its own with the objects of the tenant <c>demo</c>, one app <c>hello</c> that echoes, and an issuer.</summary>
internal sealed class RunningGateway : IAsyncDisposable
{
    private readonly HttpClient client;
    private readonly RecordedLogs logs = new();

    private RunningGateway(GatewayOptions options, TestIssuer issuer, EchoApp app)
    {
        (Issuer, App) = (issuer, app);
        Server = new GatewayServer(options, logs, services =>
        {
            services.RemoveAll<IHostedService>();
            services.RemoveAll<IGatewayObjects>();
            services.AddSingleton<IGatewayObjects>(Objects);
        });
        client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }, disposeHandler: true);
    }

    public TestIssuer Issuer { get; }

    public EchoApp App { get; }

    public MemoryObjects Objects { get; } = new();

    public GatewayServer Server { get; }

    public Uri Address => Server.Addresses[0];

    public IReadOnlyList<string> Logs => logs.Lines;

    public static async Task<RunningGateway> StartAsync(
        Func<GatewayOptions, GatewayOptions>? configure = null, EchoApp? app = null, bool build = true)
    {
        var issuer = TestIssuer.Create();
        await issuer.StartAsync();
        app ??= await EchoApp.StartAsync();
        var options = new GatewayOptions { ApiServer = new("http://127.0.0.1:1"), Listen = [new(IPAddress.Loopback, 0)] };
        var gateway = new RunningGateway(configure?.Invoke(options) ?? options, issuer, app);
        gateway.Objects.Put(
            Given.Gateway(),
            Given.Route(),
            Given.Service(),
            Given.Slice("hello-1", http: app.Port),
            Given.Authentication(jwksUri: issuer.JwksUri, issuer: issuer.Issuer),
            Given.Members());
        await gateway.Server.StartAsync();
        if (build)
            gateway.Server.State.Build();
        return gateway;
    }

    /// <summary>Puts objects and lets the gateway see them.</summary>
    public void Put(params IKubernetesObject<V1ObjectMeta>[] objects)
    {
        Objects.Put(objects);
        See(objects);
    }

    /// <summary>Removes objects and lets the gateway see it.</summary>
    public void Remove(params IKubernetesObject<V1ObjectMeta>[] objects)
    {
        foreach (var obj in objects)
            Objects.Remove(obj);
        See(objects);
    }

    public async Task<HttpResponseMessage> SendAsync(
        string path,
        string? token = "",
        HttpMethod? method = null,
        HttpContent? content = null,
        Action<HttpRequestMessage>? change = null,
        HttpCompletionOption completion = HttpCompletionOption.ResponseContentRead)
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Get, Verbatim(path)) { Content = content };
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Length == 0 ? Issuer.Token() : token);
        change?.Invoke(request);
        return await client.SendAsync(request, completion);
    }

    /// <summary>Sends as a member of the tenant and returns what the app got.</summary>
    public async Task<Echo> EchoAsync(
        string path, HttpMethod? method = null, HttpContent? content = null, Action<HttpRequestMessage>? change = null)
    {
        using var response = await SendAsync(path, method: method, content: content, change: change);
        response.StatusCode.ShouldBe(HttpStatusCode.OK, await response.Content.ReadAsStringAsync());
        return await Echo.ReadAsync(response);
    }

    /// <summary>The problem of an answer.</summary>
    public static async Task<(string Type, string Title, string Detail)> ProblemAsync(HttpResponseMessage response)
    {
        response.Content.Headers.ContentType?.MediaType.ShouldBe("application/problem+json");
        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        json.RootElement.GetProperty("status").GetInt32().ShouldBe((int)response.StatusCode);
        return (
            json.RootElement.GetProperty("type").GetString()!,
            json.RootElement.GetProperty("title").GetString()!,
            json.RootElement.GetProperty("detail").GetString()!);
    }

    /// <summary>Addresses are sent as they stand: attackers do not normalize.</summary>
    public Uri Verbatim(string path) =>
        new($"http://127.0.0.1:{Address.Port}{path}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await Server.StopAsync(soon.Token);
        await Server.DisposeAsync();
        await App.DisposeAsync();
        await Issuer.DisposeAsync();
    }

    private void See(IKubernetesObject<V1ObjectMeta>[] objects)
    {
        foreach (var obj in objects)
        {
            switch (obj)
            {
                case V1Service:
                    Server.State.Refresh(ObjectKey.Of(obj));
                    break;
                case V1EndpointSlice slice:
                    Server.State.Refresh(new(slice.Metadata.NamespaceProperty, slice.Metadata.Labels["kubernetes.io/service-name"]));
                    break;
                default:
                    Server.State.Build();
                    break;
            }
        }
    }
}
