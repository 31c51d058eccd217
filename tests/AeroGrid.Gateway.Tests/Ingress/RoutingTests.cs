using System.Diagnostics;

using AeroGrid.Gateway.Auth;
using AeroGrid.Gateway.Hosting;
using AeroGrid.Gateway.Ingress;
using AeroGrid.Gateway.Resources;
using AeroGrid.Gateway.Tests.Support;

using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace AeroGrid.Gateway.Tests.Ingress;

public sealed class RoutingTests : IDisposable
{
    private readonly MemoryObjects objects = new();
    private readonly RecordedLogs logs = new();
    private readonly TokenValidators validators = new(10, TimeProvider.System, NullLogger.Instance);
    private readonly GatewayState state;

    public RoutingTests()
    {
        var options = new GatewayOptions { ApiServer = new("http://127.0.0.1:1") };
        state = new GatewayState(options, objects, validators, logs.CreateLogger("state"));
        objects.Put(Given.Gateway());
    }

    public void Dispose() => validators.Dispose();

    [Fact]
    public void The_first_rule_that_matches_wins_even_if_a_later_one_is_longer()
    {
        Put(Given.Route(rules: [Given.Rule("/a/", "first"), Given.Rule("/a/b/", "second")]));
        Service("/a/b/c").ShouldBe("demo/first");
    }

    [Fact]
    public void Rules_without_a_condition_come_after_all_others_of_the_host()
    {
        Put(Given.Route("catcher", rules: [new HttpRoute { Route = [Given.To("all")] }]), Given.Route("other", rules: [Given.Rule("/a/", "some")]));
        Service("/a/x").ShouldBe("demo/some");
        Service("/b").ShouldBe("demo/all");
    }

    [Fact]
    public void Of_two_VirtualServices_for_one_path_the_older_wins()
    {
        var older = Given.Route("zz", "demo", Given.Rule("/same/", "older"));
        var newer = Given.Route("aa", "evil", Given.Rule("/same/", "newer"));
        Put(newer, older);
        Service("/same/").ShouldBe("demo/older");
    }

    [Theory]
    [InlineData("svc", "demo/svc")]
    [InlineData("svc.other", "other/svc")]
    [InlineData("svc.other.svc", "other/svc")]
    [InlineData("svc.other.svc.cluster.local", "other/svc")]
    public void Destinations_may_be_short_or_full_names(string host, string expected)
    {
        Put(Given.Route(rules: [Given.Rule("/a/", host)]));
        Service("/a/").ShouldBe(expected);
    }

    [Fact]
    public void Destinations_outside_of_the_cluster_are_not_forwarded_to()
    {
        Put(Given.Route(rules: [Given.Rule("/a/", "www.example.org.")]));
        Find("/a/").ShouldBeNull();
        logs.Lines.ShouldContain(line => line.Contains("spec.http[0].route[0].destination.host"));
    }

    [Fact]
    public void Conditions_on_method_headers_and_query_must_all_hold()
    {
        var rule = Given.Rule("/a/", "picky");
        rule.Match![0] = rule.Match[0] with
        {
            Method = new() { Regex = "GET|HEAD" },
            Headers = new Dictionary<string, StringMatch?> { ["x-kind"] = new() { Exact = "one" }, ["x-any"] = null },
            WithoutHeaders = new Dictionary<string, StringMatch?> { ["x-not"] = new() { Prefix = "bad" } },
            QueryParams = new Dictionary<string, StringMatch?> { ["v"] = new() { Exact = "2" } },
        };
        Put(Given.Route(rules: [rule]));

        Find("/a/?v=2", headers: [("X-Kind", "one"), ("X-Any", "")]).ShouldNotBeNull();
        Find("/a/?v=2", "POST", [("X-Kind", "one"), ("X-Any", "")]).ShouldBeNull();
        Find("/a/?v=3", headers: [("X-Kind", "one"), ("X-Any", "")]).ShouldBeNull();
        Find("/a/?v=2", headers: [("X-Kind", "two"), ("X-Any", "")]).ShouldBeNull();
        Find("/a/?v=2", headers: [("X-Kind", "one")]).ShouldBeNull();
        Find("/a/?v=2", headers: [("X-Kind", "one"), ("X-Any", ""), ("X-Not", "bad one")]).ShouldBeNull();
    }

    [Fact]
    public void Expressions_are_for_the_whole_path_and_linear_in_time()
    {
        Put(Given.Route(rules: [new HttpRoute { Match = [new() { Uri = new() { Regex = "/(a|aa)+" } }], Route = [Given.To("regex")] }]));
        Service("/aaa").ShouldBe("demo/regex");
        Find("/x/aaa").ShouldBeNull();

        var watch = Stopwatch.StartNew();
        Find("/" + new string('a', 5000) + "!").ShouldBeNull();
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(5));
    }

    [Theory]
    [InlineData("(?=x)a")]
    [InlineData("(")]
    [InlineData(@"(a)\1")]
    public void Expressions_that_RE2_does_not_know_make_the_rule_match_nothing(string regex)
    {
        Put(Given.Route(rules: [new HttpRoute { Match = [new() { Uri = new() { Regex = regex } }], Route = [Given.To("x")] }]));
        Find("/a").ShouldBeNull();
        logs.Lines.ShouldContain(line => line.Contains("spec.http[0].match[0].uri"));
    }

    [Fact]
    public void Case_can_be_ignored()
    {
        var rule = Given.Rule("/Apps/", "x");
        rule.Match![0] = rule.Match[0] with { IgnoreUriCase = true };
        Put(Given.Route(rules: [rule]));
        Service("/aPPs/y").ShouldBe("demo/x");
    }

    [Theory]
    [InlineData("/apps/demo/hello/", "/", "/apps/demo/hello/x/y", "/x/y", "/apps/demo/hello")]
    [InlineData("/apps/demo/hello", "/", "/apps/demo/hello/x", "/x", "/apps/demo/hello")]
    [InlineData("/apps/demo/hello/", "/base/", "/apps/demo/hello/x", "/base/x", "/apps/demo/hello")]
    [InlineData("/apps/demo/hello/", "/base", "/apps/demo/hello/x", "/basex", "/apps/demo/hello")]
    [InlineData("/apps/demo/hello", "/", "/apps/demo/hello../secret", "/secret", "/apps/demo/hello")]
    [InlineData("/apps/demo/hello", "/", "/apps/demo/hello", "/", "/apps/demo/hello")]
    public void A_rewrite_replaces_the_prefix_and_never_leaves_dot_segments(string prefix, string rewrite, string path, string expected, string removed)
    {
        Put(Given.Route(rules: [Given.Rule(prefix, "hello", rewrite: rewrite)]));
        var entry = Find(path)!;
        entry.Route.Forwarded(path, entry.Condition, out var actualRemoved).ShouldBe(expected);
        actualRemoved.ShouldBe(removed);
    }

    [Fact]
    public void Weights_share_requests()
    {
        Put(Given.Route(rules: [new HttpRoute { Route = [Given.To("a", weight: 90), Given.To("b", weight: 10), Given.To("c", weight: 0)] }]));
        var route = Find("/")!.Route;
        var counts = Enumerable.Range(0, 2000).GroupBy(_ => route.Choose()!.Service.Service.Name).ToDictionary(group => group.Key, group => group.Count());
        counts.Keys.Order().ShouldBe(["a", "b"]);
        counts["b"].ShouldBeInRange(100, 320);
    }

    [Fact]
    public void Only_gateways_that_select_this_one_serve()
    {
        var route = Given.Route(rules: [Given.Rule("/a/", "x")]);
        var gateway = Given.Gateway();
        gateway.Spec = gateway.Spec with { Selector = new Dictionary<string, string> { ["istio"] = "other" } };
        Put(gateway, route);
        Find("/a/").ShouldBeNull();
    }

    [Fact]
    public void A_VirtualService_without_gateways_is_of_the_mesh_and_not_served()
    {
        var route = Given.Route(rules: [Given.Rule("/a/", "x")]);
        route.Spec = route.Spec with { Gateways = null };
        Put(route);
        Find("/a/").ShouldBeNull();
    }

    [Fact]
    public void A_server_may_limit_which_namespaces_attach_to_its_hosts()
    {
        Put(Given.Gateway("demo/*"), Given.Route("a", "demo", Given.Rule("/a/", "a")), Given.Route("b", "other", Given.Rule("/b/", "b")));
        Find("/a/").ShouldNotBeNull();
        Find("/b/").ShouldBeNull();
    }

    [Fact]
    public void Exported_to_another_namespace_only_it_is_not_served()
    {
        var route = Given.Route(rules: [Given.Rule("/a/", "x")]);
        route.Spec = route.Spec with { ExportTo = ["."] };
        Put(route);
        Find("/a/").ShouldBeNull();
    }

    [Fact]
    public void The_most_specific_host_decides()
    {
        Put(
            WithHosts(Given.Route("any", rules: [Given.Rule("/", "any")]), "*"),
            WithHosts(Given.Route("wild", rules: [Given.Rule("/", "wild")]), "*.example.org"),
            WithHosts(Given.Route("exact", rules: [Given.Rule("/only/", "exact")]), "App.example.org"));
        Service("/x", host: "elsewhere:8080").ShouldBe("demo/any");
        Service("/x", host: "a.example.org").ShouldBe("demo/wild");
        Service("/only/", host: "app.EXAMPLE.org:8080").ShouldBe("demo/exact");
        Find("/x", host: "app.example.org").ShouldBeNull();
    }

    [Fact]
    public void Unsupported_fields_are_reported_once_for_each_state_of_an_object()
    {
        var unknown = new Dictionary<string, System.Text.Json.JsonElement> { ["corsPolicy"] = default, ["retries"] = default };
        Put(Given.Route(rules: [Given.Rule("/a/", "x") with { Unknown = unknown }]));
        state.Build();
        state.Build();
        logs.Lines.Count(line => line.Contains("spec.http[0].corsPolicy") && line.Contains("spec.http[0].retries") && line.Contains("VirtualService demo/hello")).ShouldBe(1);
        Find("/a/").ShouldNotBeNull();
    }

    [Fact]
    public void A_condition_that_is_not_known_makes_the_rule_match_nothing()
    {
        var rule = Given.Rule("/a/", "x");
        rule.Match![0] = rule.Match[0] with { Unknown = new() { ["sourceLabels"] = default } };
        Put(Given.Route(rules: [rule]));
        Find("/a/").ShouldBeNull();
    }

    [Theory]
    [InlineData("15s", 15)]
    [InlineData("1m30s", 90)]
    [InlineData("250ms", 0.25)]
    [InlineData("1.5h", 5400)]
    public void Timeouts_are_durations(string text, double seconds) =>
        VirtualServiceCompiler.Duration(text).ShouldBe(TimeSpan.FromSeconds(seconds));

    [Theory]
    [InlineData("15")]
    [InlineData("s")]
    [InlineData("5y")]
    [InlineData("-1s")]
    [InlineData("99999999h")]
    public void Other_texts_are_not(string text) => VirtualServiceCompiler.Duration(text).ShouldBeNull();

    [Fact]
    public void Ten_thousand_apps_are_looked_up_as_fast_as_ten()
    {
        for (var i = 0; i < 10_000; i++)
            objects.Put(Given.Route($"app{i}", $"tenant{i % 100}", Given.StandardRules($"app{i}", $"tenant{i % 100}")));
        state.Build();

        Service("/apps/tenant7/app9907/x").ShouldBe("tenant7/app9907");
        var many = Fastest("/apps/tenant7/app9907/x");
        foreach (var route in objects.VirtualServices.Skip(10).ToList())
            objects.Remove(route);
        state.Build();
        var few = Fastest("/apps/tenant7/app9907/x");
        many.ShouldBeLessThan(few * 20, "a lookup must not depend on the number of apps");

        TimeSpan Fastest(string path) => Enumerable.Range(0, 20).Min(_ =>
        {
            var watch = Stopwatch.StartNew();
            for (var i = 0; i < 100; i++)
                Find(path);
            return watch.Elapsed;
        });
    }

    private static VirtualService WithHosts(VirtualService route, params string[] hosts)
    {
        route.Spec = route.Spec with { Hosts = hosts };
        return route;
    }

    private void Put(params k8s.IKubernetesObject<k8s.Models.V1ObjectMeta>[] added)
    {
        objects.Put(added);
        state.Build();
    }

    private string? Service(string target, string method = "GET", string host = "localhost") =>
        Find(target, method, host: host)?.Route.Destinations[0].Service.Service.ToString();

    private RouteEntry? Find(string target, string method = "GET", (string, string)[]? headers = null, string host = "localhost")
    {
        var context = new DefaultHttpContext();
        context.Request.Method = method;
        context.Request.Scheme = "http";
        context.Request.Host = new HostString(host);
        foreach (var (name, value) in headers ?? [])
            context.Request.Headers[name] = value;
        RequestPath.TryParse(target, out var path, out var query, out _).ShouldBeTrue();
        return state.Current!.Routes.Find(context.Request, path, query);
    }
}
