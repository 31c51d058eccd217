using System.Net;
using System.Text.RegularExpressions;
using AeroGrid.Client.Tokens;
using AeroGrid.Identity;
using AeroGrid.Identity.Hosting;
using AeroGrid.Identity.Users;
using AeroGrid.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace AeroGrid.Client.Tests.Tokens;

/// <summary>The embedded issuer on a real listener, with a clock that tests move, and a person who fills in its pages.</summary>
public sealed partial class IssuerFixture : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("aerogrid-client-").FullName;
    private readonly int _port = RunningPlatform.FreePort();
    private WebApplication _app = null!;
    private string _password = "";

    public FakeTimeProvider Time { get; } = new(DateTimeOffset.Parse("2030-01-01T00:00:00Z")) { AutoAdvanceAmount = TimeSpan.Zero };

    public SignInOptions Options => new() { Issuer = new Uri($"http://localhost:{_port}/identity"), TimeProvider = Time };

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(o => o.Listen(IPAddress.Loopback, _port));
        builder.Services.AddIdentity(new IdentityOptions { DataFolder = _folder, Issuer = Options.Issuer, TimeProvider = Time });
        _app = builder.Build();
        _app.MapIdentity();
        await _app.StartAsync();
        _password = (await _app.Services.GetRequiredService<UserStore>().CreateFirstUserAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Opens a page, logs in and answers the question, as a person does in a browser. Follows every redirect, also to a program of the machine.</summary>
    public async Task<string> AnswerAsync(Uri page, string field, string decision)
    {
        using var http = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer() });
        var html = await http.GetStringAsync(page);
        html = await SubmitAsync(http, html, ("username", "demo"), ("password", _password));
        return await SubmitAsync(http, html, (field, decision));
    }

    private async Task<string> SubmitAsync(HttpClient http, string html, params (string Name, string Value)[] filled)
    {
        var action = new Uri(Options.Issuer, WebUtility.HtmlDecode(Action().Match(html).Groups["url"].Value));
        var fields = HiddenField().Matches(html)
            .Select(m => KeyValuePair.Create(WebUtility.HtmlDecode(m.Groups["name"].Value), WebUtility.HtmlDecode(m.Groups["value"].Value)))
            .Concat(filled.Select(f => KeyValuePair.Create(f.Name, f.Value)));
        using var request = new HttpRequestMessage(HttpMethod.Post, action) { Content = new FormUrlEncodedContent(fields) };
        request.Headers.Add("Origin", $"http://localhost:{_port}");
        using var response = await http.SendAsync(request);
        return await response.Content.ReadAsStringAsync();
    }

    [GeneratedRegex("""<form method="post" action="(?<url>[^"]*)">""", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Action();

    [GeneratedRegex("""<input type="hidden" name="(?<name>[^"]*)" value="(?<value>[^"]*)">""", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex HiddenField();
}
