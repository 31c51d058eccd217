using System.Globalization;
using System.Text.Json.Nodes;
using AeroGrid.ApiServer.Schemas;
using AeroGrid.ApiServer.Tables;

namespace AeroGrid.ApiServer.Resources.BuiltIn.Columns;

/// <summary>Columns of nodes, services, configuration and access.</summary>
internal static class ClusterColumns
{
    private const string RolePrefix = "node-role.kubernetes.io/";

    public static IReadOnlyList<PrinterColumn> Namespace { get; } = [Column.Text("Status", o => o.TextAt("status", "phase")), Column.Age];

    public static IReadOnlyList<PrinterColumn> ConfigMap { get; } =
        [Column.Number("Data", o => (o.ObjectAt("data")?.Count ?? 0) + (o.ObjectAt("binaryData")?.Count ?? 0)), Column.Age];

    public static IReadOnlyList<PrinterColumn> Secret { get; } =
        [Column.Text("Type", o => o.TextAt("type")), Column.Number("Data", o => o.ObjectAt("data")?.Count ?? 0), Column.Age];

    public static IReadOnlyList<PrinterColumn> ServiceAccount { get; } = [Column.Number("Secrets", o => o.ArrayAt("secrets")?.Count ?? 0), Column.Age];

    public static IReadOnlyList<PrinterColumn> Service { get; } =
    [
        Column.Text("Type", o => o.TextAt("spec", "type")),
        Column.Text("Cluster-IP", o => o.TextAt("spec", "clusterIP")),
        Column.Text("External-IP", ExternalIp),
        Column.Text("Port(s)", o => Joined(o.ObjectsAt("spec", "ports").Select(ServicePort))),
        Column.Age,
        Column.Text("Selector", o => Column.Labels(o.ObjectAt("spec", "selector"))).Wide(),
    ];

    public static IReadOnlyList<PrinterColumn> EndpointSlice { get; } =
    [
        Column.Text("AddressType", o => o.TextAt("addressType")),
        Column.Text("Ports", o => Limited(o.ObjectsAt("ports").Select(p => p.IntegerAt("port")?.ToString(CultureInfo.InvariantCulture)), "<unset>")),
        Column.Text("Endpoints", o => Limited(o.ObjectsAt("endpoints").SelectMany(e => e.ArrayAt("addresses") ?? []).Select(a => a.AsText()), "<unset>")),
        Column.Age,
    ];

    public static IReadOnlyList<PrinterColumn> Node { get; } =
    [
        Column.Text("Status", NodeStatus),
        Column.Text("Roles", NodeRoles),
        Column.Age,
        Column.Text("Version", o => o.TextAt("status", "nodeInfo", "kubeletVersion")),
        Column.Text("Internal-IP", o => Address(o, "InternalIP")).Wide(),
        Column.Text("External-IP", o => Address(o, "ExternalIP")).Wide(),
        Column.Text("OS-Image", o => o.TextAt("status", "nodeInfo", "osImage")).Wide(),
        Column.Text("Kernel-Version", o => o.TextAt("status", "nodeInfo", "kernelVersion")).Wide(),
        Column.Text("Container-Runtime", o => o.TextAt("status", "nodeInfo", "containerRuntimeVersion")).Wide(),
    ];

    public static IReadOnlyList<PrinterColumn> Event { get; } =
    [
        Column.Timed("Last Seen", (o, now) => Column.Since(LastSeen(o), now)),
        Column.Text("Type", o => o.TextAt("type")),
        Column.Text("Reason", o => o.TextAt("reason")),
        Column.Text("Object", o => Involved(o) is { } about ? $"{about.TextAt("kind")?.ToLowerInvariant()}/{about.TextAt("name")}" : null),
        Column.Text("Subobject", o => Involved(o).TextAt("fieldPath") ?? "").Wide(),
        Column.Text("Source", Source).Wide(),
        Column.Text("Message", o => (o.TextAt("message") ?? o.TextAt("note") ?? "").Trim()),
        Column.Timed("First Seen", (o, now) => Column.Since(o.TextAt("firstTimestamp") ?? o.TextAt("deprecatedFirstTimestamp") ?? o.TextAt("eventTime"), now)).Wide(),
        Column.Number("Count", o => o.IntegerAt("series", "count") ?? o.IntegerAt("count") ?? o.IntegerAt("deprecatedCount") ?? 1).Wide(),
    ];

    public static IReadOnlyList<PrinterColumn> Lease { get; } = [Column.Text("Holder", o => o.TextAt("spec", "holderIdentity")), Column.Age];

    public static IReadOnlyList<PrinterColumn> Role { get; } = [Column.CreatedAt];

    public static IReadOnlyList<PrinterColumn> RoleBinding { get; } =
    [
        Column.Text("Role", o => $"{o.TextAt("roleRef", "kind")}/{o.TextAt("roleRef", "name")}"),
        Column.Age,
        Column.Text("Users", o => Subjects(o, "User")).Wide(),
        Column.Text("Groups", o => Subjects(o, "Group")).Wide(),
        Column.Text("ServiceAccounts", o => Subjects(o, "ServiceAccount")).Wide(),
    ];

    public static IReadOnlyList<PrinterColumn> NetworkPolicy { get; } = [Column.Text("Pod-Selector", o => Column.Selector(o.At("spec", "podSelector"))), Column.Age];

    public static IReadOnlyList<PrinterColumn> ResourceQuota { get; } =
    [
        Column.Text("Request", o => Quota(o, limits: false)),
        Column.Text("Limit", o => Quota(o, limits: true)),
        Column.Age,
    ];

    private static string NodeStatus(JsonObject node)
    {
        var ready = node.ObjectsAt("status", "conditions").FirstOrDefault(c => c.TextAt("type") == "Ready")?.TextAt("status");
        var text = ready switch { "True" => "Ready", "False" => "NotReady", _ => "Unknown" };
        return node.BooleanAt("spec", "unschedulable") == true ? text + ",SchedulingDisabled" : text;
    }

    private static string? NodeRoles(JsonObject node)
    {
        var roles = string.Join(",", (node.ObjectAt("metadata", "labels") ?? []).Select(l => l.Key)
            .Where(l => l.StartsWith(RolePrefix, StringComparison.Ordinal) && l.Length > RolePrefix.Length)
            .Select(l => l[RolePrefix.Length..]).Order(StringComparer.Ordinal));
        return roles.Length == 0 ? null : roles;
    }

    private static string? Address(JsonObject node, string type) =>
        node.ObjectsAt("status", "addresses").FirstOrDefault(a => a.TextAt("type") == type)?.TextAt("address");

    private static string? ExternalIp(JsonObject service) => service.TextAt("spec", "type") switch
    {
        "ExternalName" => service.TextAt("spec", "externalName"),
        "LoadBalancer" => Joined(service.ObjectsAt("status", "loadBalancer", "ingress").Select(i => i.TextAt("ip") ?? i.TextAt("hostname"))) ?? "<pending>",
        _ => Joined((service.ArrayAt("spec", "externalIPs") ?? []).Select(i => i.AsText())),
    };

    private static string ServicePort(JsonObject port)
    {
        var node = port.IntegerAt("nodePort") is { } number and > 0 ? string.Create(CultureInfo.InvariantCulture, $":{number}") : "";
        return string.Create(CultureInfo.InvariantCulture, $"{port.IntegerAt("port")}{node}/{port.TextAt("protocol")}");
    }

    private static string? Joined(IEnumerable<string?> texts)
    {
        var all = string.Join(",", texts.Where(t => !string.IsNullOrEmpty(t)));
        return all.Length == 0 ? null : all;
    }

    /// <summary>The first three, as kubectl shows endpoints.</summary>
    private static string Limited(IEnumerable<string?> texts, string none)
    {
        var all = texts.Where(t => t is not null).ToList();
        var more = all.Count > 3 ? string.Create(CultureInfo.InvariantCulture, $" + {all.Count - 3} more...") : "";
        return all.Count == 0 ? none : string.Join(",", all.Take(3)) + more;
    }

    private static JsonObject? Involved(JsonObject e) => e.ObjectAt("involvedObject") ?? e.ObjectAt("regarding");

    private static string? LastSeen(JsonObject e) =>
        e.TextAt("series", "lastObservedTime") ?? e.TextAt("lastTimestamp") ?? e.TextAt("deprecatedLastTimestamp") ?? e.TextAt("eventTime");

    private static string Source(JsonObject e)
    {
        var source = e.ObjectAt("source") ?? e.ObjectAt("deprecatedSource");
        var component = source.TextAt("component") ?? e.TextAt("reportingComponent") ?? e.TextAt("reportingController") ?? "";
        return source.TextAt("host") is { Length: > 0 } host ? $"{component}, {host}" : component;
    }

    private static string? Subjects(JsonObject binding, string kind) => Joined(
        binding.ObjectsAt("subjects").Where(s => s.TextAt("kind") == kind)
            .Select(s => kind == "ServiceAccount" ? $"{s.TextAt("namespace")}/{s.TextAt("name")}" : s.TextAt("name"))) ?? "";

    private static string Quota(JsonObject quota, bool limits) => string.Join(", ",
        (quota.ObjectAt("status", "hard") ?? []).Where(h => h.Key.StartsWith("limits", StringComparison.Ordinal) == limits)
            .OrderBy(h => h.Key, StringComparer.Ordinal).Select(h => $"{h.Key}: {quota.At("status", "used", h.Key) ?? "0"}/{h.Value}"));
}
