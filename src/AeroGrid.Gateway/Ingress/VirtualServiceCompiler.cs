using System.Globalization;

using k8s.Models;

using AeroGrid.ControllerRuntime;
using AeroGrid.Gateway.Resources;

namespace AeroGrid.Gateway.Ingress;

/// <summary>
/// Turns VirtualServices into routes. A condition that is not understood makes its rule match nothing (ignoring it would widen the rule); an
/// action that is not supported is left out and reported.
/// </summary>
internal sealed class VirtualServiceCompiler(Func<ObjectKey, Backend> backends, string clusterDomain, int serverPort)
{
    private const string AppLabel = "app.kubernetes.io/name";

    /// <param name="virtualService">The object.</param>
    /// <param name="isHere">Whether a name in <c>gateways</c> stands for this gateway.</param>
    /// <param name="unsupported">Gets what is not supported.</param>
    public List<Route> Compile(VirtualService virtualService, Func<string, bool> isHere, UnsupportedFields unsupported)
    {
        var spec = virtualService.Spec;
        unsupported.Add("spec", spec.Unknown);
        var routes = new List<Route>();
        for (var i = 0; i < (spec.Http?.Count ?? 0); i++)
        {
            if (Compile(virtualService, spec.Http![i], $"spec.http[{i}]", isHere, unsupported) is { } route)
                routes.Add(route);
        }

        return routes;
    }

    private Route? Compile(VirtualService source, HttpRoute spec, string path, Func<string, bool> isHere, UnsupportedFields unsupported)
    {
        unsupported.Add(path, spec.Unknown);
        var conditions = Conditions(spec, path, isHere, unsupported);
        if (conditions.Count == 0)
            return null;
        if (spec.Rewrite is { Unknown.Count: > 0 } rewrite)
        {
            // Forwarding with the wrong path is worse than not at all.
            unsupported.Add($"{path}.rewrite", rewrite.Unknown);
            return null;
        }

        var destinations = Destinations(source.Namespace(), spec, path, unsupported);
        if (destinations.Count == 0 && spec.Redirect is null)
        {
            unsupported.Add($"{path}.route", "nothing that this gateway can forward to");
            return null;
        }

        return new Route
        {
            Source = ObjectKey.Of(source),
            App = source.Metadata.Labels is { } labels && labels.TryGetValue(AppLabel, out var app) ? app : source.Name(),
            Conditions = conditions,
            Redirect = Redirect(spec.Redirect, path, unsupported),
            Destinations = destinations,
            RewritePath = spec.Rewrite?.Uri,
            RewriteAuthority = spec.Rewrite?.Authority,
            Timeout = Timeout(spec.Timeout, path, unsupported),
            RequestHeaders = HeaderChanges.Of(spec.Headers?.Request),
            ResponseHeaders = HeaderChanges.Of(spec.Headers?.Response),
        };
    }

    private List<RouteCondition> Conditions(HttpRoute spec, string path, Func<string, bool> isHere, UnsupportedFields unsupported)
    {
        if (spec.Match is null or { Count: 0 })
            return [RouteCondition.Always];
        var conditions = new List<RouteCondition>();
        for (var i = 0; i < spec.Match.Count; i++)
        {
            var match = spec.Match[i];
            if (match.Gateways is { Count: > 0 } gateways && !gateways.Any(isHere))
                continue;
            if (match.Port is { } port && port != serverPort)
                continue;
            if (Condition(match, $"{path}.match[{i}]", unsupported) is { } condition)
                conditions.Add(condition);
        }

        return conditions;
    }

    private static RouteCondition? Condition(HttpMatch match, string path, UnsupportedFields unsupported)
    {
        unsupported.Add(path, match.Unknown);
        var valid = match.Unknown is null or { Count: 0 };
        var condition = new RouteCondition
        {
            Path = Text(match.Uri, "uri", match.IgnoreUriCase ?? false),
            Method = Text(match.Method, "method"),
            Scheme = Text(match.Scheme, "scheme"),
            Authority = Text(match.Authority, "authority"),
            Headers = Named(match.Headers, "headers"),
            WithoutHeaders = Named(match.WithoutHeaders, "withoutHeaders"),
            Query = Named(match.QueryParams, "queryParams"),
        };
        return valid ? condition : null;

        TextCondition? Text(StringMatch? text, string field, bool ignoreCase = false)
        {
            if (text is null)
                return null;
            var compiled = TextCondition.Compile(text, ignoreCase);
            if (compiled is null)
            {
                valid = false;
                unsupported.Add($"{path}.{field}", text.Regex ?? "unknown kind of match");
            }

            return compiled;
        }

        (string, TextCondition)[] Named(IDictionary<string, StringMatch?>? texts, string field)
        {
            return [.. (texts ?? new Dictionary<string, StringMatch?>())
                .Select(item => (item.Key, Value: Text(item.Value ?? new(), $"{field}[{item.Key}]")))
                .Where(item => item.Value is not null)
                .Select(item => (item.Key, item.Value!))];
        }
    }

    private List<WeightedDestination> Destinations(string namespaceName, HttpRoute spec, string path, UnsupportedFields unsupported)
    {
        var destinations = new List<WeightedDestination>();
        for (var i = 0; i < (spec.Route?.Count ?? 0); i++)
        {
            var route = spec.Route![i];
            var here = $"{path}.route[{i}]";
            unsupported.Add(here, route.Unknown);
            unsupported.Add($"{here}.destination", route.Destination?.Unknown);
            if (Service(route.Destination?.Host, namespaceName) is not { } service)
            {
                unsupported.Add($"{here}.destination.host", route.Destination?.Host ?? "");
                continue;
            }

            var weight = spec.Route.Count == 1 ? 1 : Math.Max(0, route.Weight ?? 0);
            if (weight == 0)
                continue;
            destinations.Add(new(
                backends(service),
                route.Destination!.Port?.Number,
                weight,
                HeaderChanges.Of(route.Headers?.Request),
                HeaderChanges.Of(route.Headers?.Response)));
        }

        return destinations;
    }

    /// <summary>Short names are of the VirtualService's own namespace (Istio, Destination).</summary>
    private ObjectKey? Service(string? host, string namespaceName)
    {
        if (string.IsNullOrEmpty(host))
            return null;
        var suffix = $".svc.{clusterDomain}";
        if (host.EndsWith(suffix, StringComparison.Ordinal))
            host = host[..^suffix.Length];
        else if (host.EndsWith(".svc", StringComparison.Ordinal))
            host = host[..^".svc".Length];
        return host.Split('.') switch
        {
            [{ Length: > 0 } name] => new(namespaceName, name),
            [{ Length: > 0 } name, { Length: > 0 } of] => new(of, name),
            _ => null,
        };
    }

    private static RouteRedirect? Redirect(HttpRedirect? redirect, string path, UnsupportedFields unsupported)
    {
        if (redirect is null)
            return null;
        unsupported.Add($"{path}.redirect", redirect.Unknown);
        var code = redirect.RedirectCode ?? 301;
        if (code is not (301 or 302 or 303 or 307 or 308))
        {
            unsupported.Add($"{path}.redirect.redirectCode", $"{code}");
            code = 301;
        }

        return new(code, redirect.Uri, redirect.Authority, redirect.Scheme, redirect.Port);
    }

    /// <summary>A protobuf duration in JSON (<c>1.5s</c>) or Go's notation (<c>1m30s</c>, <c>250ms</c>), both of which Istio takes.</summary>
    private static TimeSpan? Timeout(string? text, string path, UnsupportedFields unsupported)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        if (Duration(text) is { } duration)
            return duration > TimeSpan.Zero ? duration : null;
        unsupported.Add($"{path}.timeout", text);
        return null;
    }

    internal static TimeSpan? Duration(string text)
    {
        var total = TimeSpan.Zero;
        for (var i = 0; i < text.Length;)
        {
            var digits = i;
            while (i < text.Length && (char.IsAsciiDigit(text[i]) || text[i] == '.'))
                i++;
            var unit = i;
            while (i < text.Length && char.IsAsciiLetterLower(text[i]))
                i++;
            if (!double.TryParse(text.AsSpan(digits, unit - digits), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount))
                return null;
            double? seconds = text.AsSpan(unit, i - unit) switch
            {
                "h" => amount * 3600,
                "m" => amount * 60,
                "s" => amount,
                "ms" => amount / 1000,
                _ => null,
            };
            if (seconds is not < 365 * 24 * 3600.0)
                return null;
            total += TimeSpan.FromSeconds(seconds.Value);
        }

        return total;
    }
}
