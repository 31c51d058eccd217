using System.Globalization;
using System.Runtime.InteropServices;

using k8s.Models;

namespace AeroGrid.Node.Controllers.Deployments;

/// <summary>
/// How many pods a Deployment may have during a rolling update (Kubernetes documentation, "Deployments: Rolling Update Deployment").
/// </summary>
/// <param name="MaxSurge">How many pods above the wanted number there may be.</param>
/// <param name="MaxUnavailable">How many of the wanted number may be unavailable.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct RollingUpdate(int MaxSurge, int MaxUnavailable)
{
    private const string Default = "25%";

    /// <summary>The limits of a Deployment; both 0 for the strategy Recreate.</summary>
    public static RollingUpdate Of(V1Deployment deployment)
    {
        var replicas = deployment.Spec.Replicas ?? 1;
        if (IsRecreate(deployment))
            return default;
        var settings = deployment.Spec.Strategy?.RollingUpdate;
        var surge = Resolve(settings?.MaxSurge?.Value, replicas, roundUp: true);
        var unavailable = Resolve(settings?.MaxUnavailable?.Value, replicas, roundUp: false);

        // With neither, nothing could ever move: validation forbids 0 and 0, but two percentages may both come out as 0.
        if (surge == 0 && unavailable == 0)
            unavailable = 1;
        return new(surge, Math.Min(unavailable, replicas));
    }

    /// <summary>Whether all old pods are gone before the first new one starts.</summary>
    public static bool IsRecreate(V1Deployment deployment) => deployment.Spec.Strategy?.Type == "Recreate";

    private static int Resolve(string? value, int replicas, bool roundUp)
    {
        value ??= Default;
        if (!value.EndsWith('%'))
            return int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
        if (!int.TryParse(value.AsSpan(..^1), NumberStyles.None, CultureInfo.InvariantCulture, out var percent))
            return 0;
        var share = (long)percent * replicas;
        return (int)(roundUp ? (share + 99) / 100 : share / 100);
    }
}
