using k8s;
using k8s.Models;

namespace AeroGrid.ControllerRuntime;

/// <summary>
/// Makes the world match one object. It is told which object, never what happened to it: it reads the present state, and so it does not
/// matter how many events were collapsed or missed.
/// </summary>
/// <typeparam name="T">The kind that is reconciled.</typeparam>
public interface IReconciler<T>
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>
    /// Reconciles one object; never run twice at once for the same key. The object may be gone. An exception means: try again after a
    /// back-off, for ever; a <see cref="TerminalException"/> means: not before something changes.
    /// </summary>
    /// <param name="key">The object.</param>
    /// <param name="cancellationToken">The process ends and the time given to finish has passed, or leadership is lost.</param>
    Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken);
}

/// <summary>A reconciler that is only a function.</summary>
/// <param name="reconcile">Called for each key that needs work.</param>
public sealed class FunctionReconciler<T>(Func<ObjectKey, CancellationToken, Task<ReconcileResult>> reconcile) : IReconciler<T>
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    /// <inheritdoc />
    public Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken) => reconcile(key, cancellationToken);
}
