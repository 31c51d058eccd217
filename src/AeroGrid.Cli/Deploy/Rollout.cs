using AeroGrid.Api;
using AeroGrid.Api.Apps;
using AeroGrid.Cli.Commands;
using AeroGrid.Cli.Connection;
using AeroGrid.ControllerRuntime.Client;
using AeroGrid.ControllerRuntime.Objects;
using k8s.Models;

namespace AeroGrid.Cli.Deploy;

/// <summary>
/// Follows a saved version by watching its App until it serves or has failed. The steps are those of the conditions: ImageReady, Available,
/// RouteReady, Ready.
/// </summary>
internal sealed class Rollout(PlatformConnection platform, App saved, DeployProgress progress)
{
    /// <summary>Ends when the version serves (or the app is meant to be stopped).</summary>
    /// <exception cref="CommandException">It failed, it was deleted or replaced, or the time is over; the message has the app's own last words.</exception>
    public async Task<App> WaitAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(timeout, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await FollowAsync(either.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            throw new CommandException(
                $"{saved.Metadata.Name} is not ready after {timeout.TotalSeconds:0} s and goes on without us; see `aerogrid apps` and `aerogrid logs {saved.Metadata.Name}`");
        }
    }

    private async Task<App> FollowAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var watch = new WatchRequest { Namespace = saved.Metadata.NamespaceProperty, FieldSelector = $"metadata.name={saved.Metadata.Name}" };
            await foreach (var change in platform.Client.WatchAsync<App>(watch, cancellationToken))
            {
                if (change.Type == WatchEventKind.Deleted)
                {
                    throw new CommandException($"{saved.Metadata.Name} was deleted while we waited");
                }

                if (change.Resource is { } app && IsDone(app))
                {
                    return app;
                }
            }
        }
    }

    private bool IsDone(App app)
    {
        if (app.Metadata.Generation > saved.Metadata.Generation && app.Status?.ObservedGeneration > saved.Metadata.Generation)
        {
            throw new CommandException($"{app.Metadata.Name} was saved again by somebody else while we waited; see `aerogrid apps`");
        }

        if (app.Status is not { } status || status.ObservedGeneration < saved.Metadata.Generation)
        {
            return false;
        }

        var image = Conditions.Find(status.Conditions, ConditionTypes.ImageReady);
        var ready = Conditions.Find(status.Conditions, ConditionTypes.Ready);
        if (status.Phase == AppPhase.Failed)
        {
            throw new CommandException(Explain(app, ready ?? image));
        }

        if (image is { Status: "Unknown", Reason: Reasons.Building, Message.Length: > 0 })
        {
            progress.Step("dependencies", image.Message);
        }

        if (image is { Status: "Unknown", Reason: Reasons.Retrying })
        {
            progress.Step("waiting", image.Message);
        }

        if (image is { Status: "True" })
        {
            progress.Step("image", ShortDigest(status.Image));
        }

        if (status.Phase == AppPhase.Deploying)
        {
            progress.Step("rollout", "starting the new version");
        }

        if (status.Phase == AppPhase.Stopped)
        {
            progress.Step("stopped", $"`aerogrid start {app.Metadata.Name}` starts it");
            return true;
        }

        if (status.Phase != AppPhase.Running || ready?.Status != "True")
        {
            return false;
        }

        progress.Step("ready", $"revision {status.Revision}");
        return true;
    }

    private static string Explain(App app, V1Condition? condition)
    {
        var why = condition?.Message is { Length: > 0 } message ? message : "the platform gave no reason";
        var serving = app.Status is { ReadyReplicas: > 0, Revision: { } revision } ? $"\nRevision {revision} goes on serving." : "";
        return $"{app.Metadata.Name} failed ({condition?.Reason ?? "Unknown"}): {why}{serving}";
    }

    private static string ShortDigest(string? image) =>
        image?.LastIndexOf("sha256:", StringComparison.Ordinal) is >= 0 and var at ? image.Substring(at, Math.Min(19, image.Length - at)) : "";
}
