using System.Net;

using AeroGrid.Gateway.Auth;
using AeroGrid.Gateway.Policies;
using AeroGrid.Gateway.Resources;
using AeroGrid.Gateway.Tests.Support;

using Microsoft.AspNetCore.Http;

namespace AeroGrid.Gateway.Tests.Policies;

public class PolicyTests
{
    private static readonly Dictionary<string, string> Workload = new() { ["app.kubernetes.io/name"] = "hello" };

    private static readonly TokenIdentity Alice = new(
        "https://issuer.test", "alice", DateTimeOffset.MaxValue, new Dictionary<string, string[]> { ["[tenants]"] = ["demo", "second"], ["[aud]"] = ["aerogrid-apps"] });

    [Fact]
    public void Without_any_policy_Istio_allows_and_this_gateway_refuses_unless_told_otherwise()
    {
        Evaluate([], requirePolicy: false).ShouldBeTrue();
        Evaluate([], requirePolicy: true).ShouldBeFalse();
    }

    [Fact]
    public void Deny_is_asked_first_then_one_allow_must_match()
    {
        var everybody = new AuthorizationRuleSpec();
        var admin = new AuthorizationRuleSpec { To = [new() { Operation = new() { Paths = ["/admin/*"] } }] };
        Evaluate([Given.Policy("a", "demo", "ALLOW", everybody)]).ShouldBeTrue();
        Evaluate([Given.Policy("a", "demo", "ALLOW", admin)], path: "/x").ShouldBeFalse();
        Evaluate([Given.Policy("a", "demo", "ALLOW", admin), Given.Policy("b", "demo", "ALLOW", everybody)], path: "/x").ShouldBeTrue();
        Evaluate([Given.Policy("a", "demo", "ALLOW", everybody), Given.Policy("d", "demo", "DENY", admin)], path: "/admin/x").ShouldBeFalse();
        Evaluate([Given.Policy("a", "demo", "ALLOW", everybody), Given.Policy("d", "demo", "DENY", admin)], path: "/x").ShouldBeTrue();
        Evaluate([Given.Policy("d", "demo", "DENY", admin)], path: "/x", requirePolicy: false).ShouldBeTrue();
    }

    [Fact]
    public void An_empty_spec_and_no_rules_allow_nothing()
    {
        var empty = Given.Policy("a", "demo", "ALLOW");
        empty.Spec = null;
        Evaluate([empty], requirePolicy: false).ShouldBeFalse();
        Evaluate([Given.Policy("a", "demo", "ALLOW")], requirePolicy: false).ShouldBeFalse();
        Evaluate([Given.Policy("a", "demo", "DENY"), Given.Policy("b", "demo", "ALLOW", new AuthorizationRuleSpec())]).ShouldBeTrue();
    }

    [Theory]
    [InlineData("https://issuer.test/alice", true)]
    [InlineData("https://issuer.test/*", true)]
    [InlineData("*/alice", true)]
    [InlineData("*", true)]
    [InlineData("https://issuer.test/bob", false)]
    [InlineData("https://issuer.test", false)]
    public void Request_principals_match_exactly_by_prefix_by_suffix_or_by_presence(string value, bool matches)
    {
        var rule = new AuthorizationRuleSpec { From = [new() { Source = new() { RequestPrincipals = [value] } }] };
        Evaluate([Given.Policy("a", "demo", "ALLOW", rule)]).ShouldBe(matches);
        Evaluate([Given.Policy("a", "demo", "ALLOW", rule)], anonymous: true).ShouldBeFalse();
        var not = new AuthorizationRuleSpec { From = [new() { Source = new() { NotRequestPrincipals = [value] } }] };
        Evaluate([Given.Policy("a", "demo", "ALLOW", not)]).ShouldBe(!matches);
        Evaluate([Given.Policy("a", "demo", "ALLOW", not)], anonymous: true).ShouldBeTrue();
    }

    [Theory]
    [InlineData("request.auth.claims[tenants]", "second", true)]
    [InlineData("request.auth.claims[tenants]", "third", false)]
    [InlineData("request.auth.claims[tenants]", "dem", false)]
    [InlineData("request.auth.claims[missing]", "*", false)]
    [InlineData("request.auth.principal", "https://issuer.test/*", true)]
    [InlineData("request.auth.audiences", "aerogrid-apps", true)]
    [InlineData("request.headers[x-kind]", "one", true)]
    [InlineData("request.headers[x-kind]", "two", false)]
    [InlineData("destination.port", "8080", true)]
    [InlineData("destination.port", "80", false)]
    public void Conditions_ask_for_attributes(string key, string value, bool matches)
    {
        Evaluate([Given.Policy("a", "demo", "ALLOW", new AuthorizationRuleSpec { When = [new() { Key = key, Values = [value] }] })]).ShouldBe(matches);
        Evaluate([Given.Policy("a", "demo", "ALLOW", new AuthorizationRuleSpec { When = [new() { Key = key, NotValues = [value] }] })]).ShouldBe(!matches);
    }

    [Fact]
    public void All_parts_of_a_rule_must_hold_and_any_member_of_a_list_is_enough()
    {
        var rule = new AuthorizationRuleSpec
        {
            From = [new() { Source = new() { RequestPrincipals = ["nobody"] } }, new() { Source = new() { RequestPrincipals = ["*"] } }],
            To = [new() { Operation = new() { Methods = ["POST"] } }, new() { Operation = new() { Methods = ["GET"], Paths = ["/x", "/y*"] } }],
            When = [new() { Key = "request.auth.claims[tenants]", Values = ["none", "demo"] }],
        };
        AuthorizationPolicy[] policies = [Given.Policy("a", "demo", "ALLOW", rule)];
        Evaluate(policies, "GET", "/x").ShouldBeTrue();
        Evaluate(policies, "GET", "/yes").ShouldBeTrue();
        Evaluate(policies, "GET", "/z").ShouldBeFalse();
        Evaluate(policies, "POST", "/z").ShouldBeTrue();
        Evaluate(policies, "GET", "/x", anonymous: true).ShouldBeFalse();
    }

    [Fact]
    public void Exclusions_hold()
    {
        var rule = new AuthorizationRuleSpec
        {
            To = [new() { Operation = new() { NotMethods = ["DELETE"], NotPaths = ["/private*"], Hosts = ["APP.test", "*.dev"], NotPorts = ["9"] } }],
        };
        AuthorizationPolicy[] policies = [Given.Policy("a", "demo", "ALLOW", rule)];
        Evaluate(policies, "GET", "/x").ShouldBeTrue();
        Evaluate(policies, "DELETE", "/x").ShouldBeFalse();
        Evaluate(policies, "GET", "/private/x").ShouldBeFalse();
    }

    [Fact]
    public void The_connecting_workload_is_always_the_gateway()
    {
        Evaluate([Given.Policy("a", "demo", "ALLOW", From(new() { Namespaces = ["aerogrid-system"] }))]).ShouldBeTrue();
        Evaluate([Given.Policy("a", "demo", "ALLOW", From(new() { Principals = ["cluster.local/ns/aerogrid-system/*"] }))]).ShouldBeTrue();
        Evaluate([Given.Policy("a", "demo", "ALLOW", From(new() { Namespaces = ["demo"] }))]).ShouldBeFalse();
        Evaluate([Given.Policy("a", "demo", "ALLOW", From(new() { NotNamespaces = ["aerogrid-system"] }))]).ShouldBeFalse();

        static AuthorizationRuleSpec From(RuleSource source) => new() { From = [new() { Source = source }] };
    }

    [Fact]
    public void Selectors_are_compared_with_what_the_service_selects_by()
    {
        var everybody = new AuthorizationRuleSpec();
        Evaluate([Selecting("ALLOW", "app.kubernetes.io/name", "hello")]).ShouldBeTrue();
        Evaluate([Selecting("ALLOW", "app.kubernetes.io/name", "other")], requirePolicy: false).ShouldBeTrue("it is no policy of this workload");

        // Nobody knows whether pods have the label: what permits is not applied, what restricts is.
        Evaluate([Selecting("ALLOW", "role", "admin")], requirePolicy: false).ShouldBeFalse();
        Evaluate([Selecting("ALLOW", "role", "admin"), Given.Policy("all", "demo", "ALLOW", everybody)]).ShouldBeTrue();
        Evaluate([Selecting("DENY", "role", "admin"), Given.Policy("all", "demo", "ALLOW", everybody)]).ShouldBeFalse();

        AuthorizationPolicy Selecting(string action, string label, string value)
        {
            var policy = Given.Policy($"{action}-{value}", "demo", action, everybody);
            policy.Spec = policy.Spec! with { Selector = new() { MatchLabels = new Dictionary<string, string> { [label] = value } } };
            return policy;
        }
    }

    [Fact]
    public void Policies_of_the_root_namespace_hold_everywhere_and_others_only_at_home()
    {
        var everybody = new AuthorizationRuleSpec();
        Evaluate([Given.Policy("a", "aerogrid-system", "ALLOW", everybody)]).ShouldBeTrue();
        Evaluate([Given.Policy("a", "elsewhere", "ALLOW", everybody)]).ShouldBeFalse();
        Evaluate([Given.Policy("a", "demo", "ALLOW", everybody), Given.Policy("d", "aerogrid-system", "DENY", everybody)]).ShouldBeFalse();
    }

    [Theory]
    [MemberData(nameof(NotSupported))]
    public void What_is_not_supported_never_widens_access(object rule)
    {
        Evaluate([Given.Policy("a", "demo", "ALLOW", (AuthorizationRuleSpec)rule)]).ShouldBeFalse();
        Evaluate([Given.Policy("d", "demo", "DENY", (AuthorizationRuleSpec)rule), Given.Policy("a", "demo", "ALLOW", new AuthorizationRuleSpec())]).ShouldBeFalse();
    }

    public static object[][] NotSupported() => ((AuthorizationRuleSpec[])[
        new AuthorizationRuleSpec { Unknown = Unknown("new") },
        new AuthorizationRuleSpec { From = [new() { Source = new() { Unknown = Unknown("ipBlocks") } }] },
        new AuthorizationRuleSpec { To = [new() { Operation = new() { Unknown = Unknown("x") } }] },
        new AuthorizationRuleSpec { To = [new() { Operation = new() { Paths = ["/a/{*}"] } }] },
        new AuthorizationRuleSpec { When = [new() { Key = "source.ip", Values = ["10.0.0.0/8"] }] }]).Select(rule => new object[] { rule }).ToArray();

    [Fact]
    public void Policies_that_are_attached_in_other_ways_admit_nobody()
    {
        var policy = Given.Policy("a", "demo", "ALLOW", new AuthorizationRuleSpec());
        policy.Spec = policy.Spec! with { Unknown = Unknown("targetRefs") };
        Evaluate([policy]).ShouldBeFalse();
        Evaluate([Given.Policy("c", "demo", "CUSTOM", new AuthorizationRuleSpec()), Given.Policy("a", "demo", "ALLOW", new AuthorizationRuleSpec())]).ShouldBeFalse();
        Evaluate([Given.Policy("c", "demo", "AUDIT", new AuthorizationRuleSpec()), Given.Policy("a", "demo", "ALLOW", new AuthorizationRuleSpec())]).ShouldBeTrue();
    }

    [Fact]
    public async Task A_change_of_policy_holds_for_the_next_request()
    {
        await using var gateway = await RunningGateway.StartAsync();
        (await gateway.SendAsync("/apps/demo/hello/")).StatusCode.ShouldBe(HttpStatusCode.OK);

        gateway.Remove(Given.Members());
        (await gateway.SendAsync("/apps/demo/hello/")).StatusCode.ShouldBe(HttpStatusCode.Forbidden);

        gateway.Put(Given.Public());
        (await gateway.SendAsync("/apps/demo/hello/", token: null)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Without_issuer_and_policy_an_app_is_closed_not_open()
    {
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Remove(Given.Members(), Given.Authentication());

        using var response = await gateway.SendAsync("/apps/demo/hello/", token: null);

        response.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        gateway.App.Requests.ShouldBe(0);
    }

    private static Dictionary<string, System.Text.Json.JsonElement> Unknown(string name) => new() { [name] = default };

    private static bool Evaluate(
        AuthorizationPolicy[] policies, string method = "GET", string path = "/x", bool anonymous = false, bool requirePolicy = true)
    {
        var compiler = new PolicyCompiler("cluster.local/ns/aerogrid-system/sa/aerogrid-gateway", "aerogrid-system");
        var snapshot = new PolicySnapshot([], policies.Select(policy => compiler.Compile(policy, new UnsupportedFields())), "aerogrid-system", requirePolicy);
        var headers = new HeaderDictionary { ["X-Kind"] = "one" };
        return snapshot.For("demo", Workload).Allows(new AuthorizationRequest(anonymous ? null : Alice, method, path, "app.test", "8080", headers));
    }
}
