using AeroGrid.Gateway.Ingress;

namespace AeroGrid.Gateway.Tests.Ingress;

public class RequestPathTests
{
    [Theory]
    [InlineData("/apps/demo/hello/", "/apps/demo/hello/")]
    [InlineData("/", "/")]
    [InlineData("/a%20b", "/a%20b")]
    [InlineData("/%61%2D%7e", "/a-~")]
    [InlineData("/caf%c3%a9", "/caf%C3%A9")]
    [InlineData("//a///b//", "/a/b/")]
    [InlineData("/a/./b", "/a/b")]
    [InlineData("/a/../b", "/b")]
    [InlineData("/a/..", "/")]
    [InlineData("/a/b/.", "/a/b/")]
    [InlineData("/a/b/..", "/a/")]
    [InlineData("/../../etc/passwd", "/etc/passwd")]
    [InlineData("/%2e%2e/x", "/x")]
    [InlineData("/a/%2E%2e/b", "/b")]
    [InlineData("/a/.%2e/b", "/b")]
    [InlineData("/a//../b", "/b")]
    [InlineData("/a/...", "/a/...")]
    [InlineData("/.well-known/x", "/.well-known/x")]
    [InlineData("/a..b/.c", "/a..b/.c")]
    public void Equal_paths_have_one_form(string raw, string expected)
    {
        RequestPath.TryParse(raw, out var path, out var query, out _).ShouldBeTrue();

        path.ShouldBe(expected);
        query.ShouldBeEmpty();

        // The one form is its own form: nobody behind the gateway can find another reading by normalizing again.
        RequestPath.TryParse(path, out var again, out _, out _).ShouldBeTrue();
        again.ShouldBe(path);
    }

    [Theory]
    [InlineData("/a/%252e%252e/b", "/a/%252e%252e/b")]
    [InlineData("/%25", "/%25")]
    public void Escapes_are_decoded_once_only(string raw, string expected)
    {
        RequestPath.TryParse(raw, out var path, out _, out _).ShouldBeTrue();
        path.ShouldBe(expected);
    }

    [Theory]
    [InlineData("/a%2fb", "%2f")]
    [InlineData("/a/..%2F..%2Fb", "%2F")]
    [InlineData("/a%5Cb", "%5C")]
    [InlineData("/a\\b", "backslash")]
    [InlineData("/a%00b", "%00")]
    [InlineData("/a%", "hexadecimal")]
    [InlineData("/a%2", "hexadecimal")]
    [InlineData("/a%zz", "hexadecimal")]
    [InlineData("/a#b", "U+0023")]
    [InlineData("/a?b#c", "'#'")]
    [InlineData("*", "not a path")]
    [InlineData("apps/demo", "not a path")]
    public void What_programs_read_differently_is_refused(string raw, string reason)
    {
        RequestPath.TryParse(raw, out _, out _, out var problem).ShouldBeFalse();
        problem!.ShouldContain(reason);
    }

    [Theory]
    [InlineData("/a?x=/../%2f", "/a", "?x=/../%2f")]
    [InlineData("/a??", "/a", "??")]
    [InlineData("/?", "/", "?")]
    [InlineData("http://host/a/b?c", "/a/b", "?c")]
    [InlineData("http://host", "/", "")]
    [InlineData("http://host?x=http://y", "/", "?x=http://y")]
    public void The_query_is_left_alone(string raw, string expectedPath, string expectedQuery)
    {
        RequestPath.TryParse(raw, out var path, out var query, out _).ShouldBeTrue();
        path.ShouldBe(expectedPath);
        query.ShouldBe(expectedQuery);
    }
}
