using k8s.Models;

using AeroGrid.Node.Probes;

namespace AeroGrid.Node.Kubelet;

/// <summary>Runs the hooks of a container (Kubernetes documentation, "Container Lifecycle Hooks").</summary>
internal static class LifecycleHooks
{
    /// <summary>Runs a hook to its end.</summary>
    /// <returns>Why it failed; null when it did not.</returns>
    public static async Task<string?> RunAsync(V1LifecycleHandler handler, V1Container container, RunningContainer running, TimeProvider time, CancellationToken cancellationToken)
    {
        if (handler.Sleep is { } sleep)
        {
            await Task.Delay(TimeSpan.FromSeconds(sleep.Seconds), time, cancellationToken).ConfigureAwait(false);
            return null;
        }

        if (handler.Exec is { } exec)
        {
            var (code, output) = await running.ExecAsync([.. exec.Command ?? []], TimeSpan.FromHours(1), cancellationToken).ConfigureAwait(false);
            return code == 0 ? null : $"command ended with exit code {code}: {output}";
        }

        if (handler.HttpGet is { } http)
        {
            if (running.Ports.Resolve(container, http.Port?.Value ?? "") is not { } port)
                return $"the port \"{http.Port?.Value}\" is none of the container's ports";
            using var request = new HttpProbe(http, port, time);
            var result = await request.RunAsync(TimeSpan.FromSeconds(30), cancellationToken).ConfigureAwait(false);
            return result.IsSuccess ? null : result.Message;
        }

        return "this node has exec, httpGet and sleep hooks only";
    }
}
