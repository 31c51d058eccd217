using System.Text.Json;

using k8s;
using k8s.Models;

using AeroGrid.Api;
using AeroGrid.ControllerRuntime.Client;

namespace AeroGrid.Operator.Reconciling;

/// <summary>Writes status once a run, and only when it says something new.</summary>
internal static class StatusWriter
{
    /// <summary>Whether two statuses say the same.</summary>
    public static bool Same<TStatus>(TStatus? left, TStatus? right)
        where TStatus : class =>
        JsonSerializer.SerializeToUtf8Bytes(left, ResourceSerializer.Options)
            .AsSpan()
            .SequenceEqual(JsonSerializer.SerializeToUtf8Bytes(right, ResourceSerializer.Options));

    /// <summary>
    /// Applies status. An object that is gone meanwhile is no failure: there is nothing to tell any more, and a new object of the name is
    /// reconciled by itself.
    /// </summary>
    /// <param name="client">Writes it.</param>
    /// <param name="read">The object as it was read.</param>
    /// <param name="status">The object with its name, uid and new status only.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task ApplyAsync<T>(ResourceClient client, T read, T status, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        status.Metadata = new()
        {
            Name = read.Metadata.Name,
            NamespaceProperty = read.Metadata.NamespaceProperty,

            // Never the status of another object that took the name.
            Uid = read.Metadata.Uid,
        };
        try
        {
            await client.ApplyStatusAsync(status, ApiGroup.FieldManager, force: true, cancellationToken);
        }
        catch (KubernetesApiException e) when (e.IsNotFound)
        {
            // Deleted while it was reconciled.
        }
    }

    /// <summary>A copy of conditions that may be changed.</summary>
    public static List<V1Condition> Copy(IEnumerable<V1Condition>? conditions) =>
        [.. (conditions ?? []).Select(condition => new V1Condition
        {
            Type = condition.Type,
            Status = condition.Status,
            Reason = condition.Reason,
            Message = condition.Message,
            ObservedGeneration = condition.ObservedGeneration,
            LastTransitionTime = condition.LastTransitionTime,
        })];
}
