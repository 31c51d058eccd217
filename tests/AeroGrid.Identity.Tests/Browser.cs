using System.Net;
using System.Text.RegularExpressions;

namespace AeroGrid.Identity.Tests;

/// <summary>
/// What a browser does with pages of forms: keeps cookies, follows redirects within the issuer, sends hidden fields back with the Origin
/// header. It stops at a redirect to another origin.
/// </summary>
internal sealed partial class Browser : IDisposable
{
    private readonly HttpClient _http;

    public Browser(TestIdentity identity)
    {
        Origin = $"http://localhost:{identity.Port}";
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = Cookies }) { BaseAddress = new Uri(Origin) };
    }

    public string Origin { get; set; }

    public CookieContainer Cookies { get; } = new();

    public Task<VisitedPage> GetAsync(string url) => FollowAsync(new HttpRequestMessage(HttpMethod.Get, url));

    /// <summary>Sends the form of a page: its hidden fields, and what the person fills in.</summary>
    public Task<VisitedPage> SubmitAsync(VisitedPage page, params (string Name, string Value)[] filled)
    {
        var action = WebUtility.HtmlDecode(Action().Match(page.Html).Groups["url"].Value);
        var fields = HiddenField().Matches(page.Html)
            .Select(m => KeyValuePair.Create(WebUtility.HtmlDecode(m.Groups["name"].Value), WebUtility.HtmlDecode(m.Groups["value"].Value)))
            .Concat(filled.Select(f => KeyValuePair.Create(f.Name, f.Value)));
        var request = new HttpRequestMessage(HttpMethod.Post, action) { Content = new FormUrlEncodedContent(fields) };
        request.Headers.Add("Origin", Origin);
        return FollowAsync(request);
    }

    /// <summary>Fills in the login page.</summary>
    public Task<VisitedPage> LogInAsync(VisitedPage page, string user, string password) => SubmitAsync(page, ("username", user), ("password", password));

    public void Dispose() => _http.Dispose();

    private async Task<VisitedPage> FollowAsync(HttpRequestMessage request)
    {
        for (var i = 0; i < 10; i++)
        {
            using var response = await _http.SendAsync(request);
            request.Dispose();
            if (response.Headers.Location is not { } location)
            {
                return new VisitedPage(response.StatusCode, await response.Content.ReadAsStringAsync(), null, response.Headers.ToString());
            }

            var target = new Uri(_http.BaseAddress!, location);
            if (target.GetLeftPart(UriPartial.Authority) != _http.BaseAddress!.GetLeftPart(UriPartial.Authority)
                || !target.AbsolutePath.StartsWith("/identity/", StringComparison.Ordinal))
            {
                return new VisitedPage(response.StatusCode, "", target, response.Headers.ToString());
            }

            request = new HttpRequestMessage(HttpMethod.Get, target);
        }

        throw new InvalidOperationException("The pages redirect without end.");
    }

    [GeneratedRegex("""<form method="post" action="(?<url>[^"]*)">""", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Action();

    [GeneratedRegex("""<input type="hidden" name="(?<name>[^"]*)" value="(?<value>[^"]*)">""", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex HiddenField();
}

/// <summary>Where a browser ended up: a page, or a redirect to somebody else.</summary>
internal sealed record VisitedPage(HttpStatusCode Status, string Html, Uri? Left, string Headers)
{
    /// <summary>A parameter of the URL that the browser left to.</summary>
    public string? Parameter(string name) =>
        Left is null ? null : Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(Left.Query).TryGetValue(name, out var value) ? value.ToString() : null;
}
