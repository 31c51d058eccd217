using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using AeroGrid.Cli.Commands;
using AeroGrid.Cli.Connection;
using AeroGrid.Cli.Output;
using AeroGrid.ControllerRuntime.Client;
using k8s.Models;

namespace AeroGrid.Cli.Logs;

/// <summary>Which lines of a log.</summary>
/// <param name="Tail">Only the last lines; null for all.</param>
/// <param name="Previous">Of the last ended process.</param>
/// <param name="Timestamps">With the time of each line.</param>
internal sealed record LogQuery(int? Tail, bool Previous, bool Timestamps);

/// <summary>The logs of all pods of an app. A line begins with its pod's name where several pods print.</summary>
internal sealed class AppLogs(PlatformConnection platform, string app, LogQuery query, TextWriter output)
{
    private readonly Lock _gate = new();

    private string Selector => $"app.kubernetes.io/instance={app}";

    /// <summary>Prints what is there.</summary>
    /// <exception cref="CommandException">No pod has printed anything that could be shown.</exception>
    public async Task PrintAsync(CancellationToken cancellationToken)
    {
        var pods = await platform.Client.ListAsync<V1Pod>(new ListRequest { Namespace = platform.Tenant, LabelSelector = Selector }, cancellationToken);
        if (pods.Items.Count == 0)
        {
            throw new CommandException($"app {app} has no running process; see `aerogrid apps`, or start it with `aerogrid start {app}`");
        }

        foreach (var pod in pods.Items.OrderBy(p => p.Metadata.CreationTimestamp))
        {
            await PrintPodAsync(pod, follow: false, prefix: pods.Items.Count > 1, cancellationToken);
        }
    }

    /// <summary>Prints what is there and what comes, also from pods that appear later, until cancelled.</summary>
    public async Task FollowAsync(CancellationToken cancellationToken)
    {
        var followed = new Dictionary<string, Task>();
        while (true)
        {
            // The present pods come as ADDED, so that nothing between a list and a watch is missed.
            var request = new WatchRequest { Namespace = platform.Tenant, LabelSelector = Selector };
            await foreach (var change in platform.Client.WatchAsync<V1Pod>(request, cancellationToken))
            {
                if (change.Resource is { } pod && HasStarted(pod) && !followed.ContainsKey(pod.Metadata.Uid))
                {
                    followed.Add(pod.Metadata.Uid, PrintPodAsync(pod, follow: true, prefix: followed.Count > 0, cancellationToken));
                }
            }
        }
    }

    private static bool HasStarted(V1Pod pod) =>
        pod.Status?.ContainerStatuses?.Any(c => c.State?.Running is not null || c.State?.Terminated is not null || c.RestartCount > 0) == true;

    private async Task PrintPodAsync(V1Pod pod, bool follow, bool prefix, CancellationToken cancellationToken)
    {
        var path = new StringBuilder($"api/v1/namespaces/{Uri.EscapeDataString(platform.Tenant)}/pods/{Uri.EscapeDataString(pod.Metadata.Name)}/log?follow={(follow ? "true" : "false")}");
        path.Append(query.Tail is { } lines ? string.Create(CultureInfo.InvariantCulture, $"&tailLines={lines}") : "");
        path.Append(query.Previous ? "&previous=true" : "").Append(query.Timestamps ? "&timestamps=true" : "");
        using var response = await platform.Http.GetAsync(new Uri(path.ToString(), UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            var status = await response.Content.ReadFromJsonAsync<V1Status>(ResourceSerializer.Options, cancellationToken);
            Console.Error.WriteLine($"aerogrid: {pod.Metadata.Name}: {status?.Message ?? response.ReasonPhrase}");
            return;
        }

        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            lock (_gate)
            {
                output.WriteLine(prefix ? $"{pod.Metadata.Name}  {TerminalText.Line(line)}" : TerminalText.Line(line));
            }
        }
    }
}
