using k8s.Models;

namespace AeroGrid.Node.Controllers.Deployments;

/// <summary>
/// The conditions of a Deployment with the reasons that <c>kubectl rollout status</c> and others read (Kubernetes documentation,
/// "Deployments: Deployment status").
/// </summary>
internal sealed class DeploymentConditions
{
    public const string Available = "Available";
    public const string Progressing = "Progressing";
    public const string ReplicaFailure = "ReplicaFailure";

    public const string MinimumReplicasAvailable = "MinimumReplicasAvailable";
    public const string MinimumReplicasUnavailable = "MinimumReplicasUnavailable";
    public const string NewReplicaSetCreated = "NewReplicaSetCreated";
    public const string FoundNewReplicaSet = "FoundNewReplicaSet";
    public const string ReplicaSetCreateError = "ReplicaSetCreateError";
    public const string ReplicaSetUpdated = "ReplicaSetUpdated";
    public const string NewReplicaSetAvailable = "NewReplicaSetAvailable";
    public const string ProgressDeadlineExceeded = "ProgressDeadlineExceeded";
    public const string DeploymentPaused = "DeploymentPaused";
    public const string DeploymentResumed = "DeploymentResumed";

    private readonly List<V1DeploymentCondition> conditions;
    private readonly DateTime now;

    public DeploymentConditions(IEnumerable<V1DeploymentCondition>? present, DateTimeOffset now)
    {
        conditions = [.. present ?? []];
        this.now = ApiTime.From(now);
    }

    /// <summary>What is to be written.</summary>
    public IReadOnlyList<V1DeploymentCondition> Items => conditions;

    /// <summary>The condition of a type, or null.</summary>
    public V1DeploymentCondition? Find(string type) => conditions.Find(condition => condition.Type == type);

    /// <summary>
    /// Sets a condition. Nothing moves when status and reason stay: a message alone is no transition. <c>lastTransitionTime</c> moves with
    /// the status only, <c>lastUpdateTime</c> each time.
    /// </summary>
    public void Set(string type, bool? status, string reason, string message)
    {
        var text = status switch { true => "True", false => "False", null => "Unknown" };
        var old = Find(type);
        if (old is not null && old.Status == text && old.Reason == reason)
            return;
        Put(type, text, reason, message, old);
    }

    /// <summary>Notes that a rollout goes on: its deadline counts from now.</summary>
    public void Progressed(string reason, string message) => Put(Progressing, "True", reason, message, Find(Progressing));

    /// <summary>Takes a condition away.</summary>
    public void Remove(string type) => conditions.RemoveAll(condition => condition.Type == type);

    private void Put(string type, string status, string reason, string message, V1DeploymentCondition? old)
    {
        var condition = new V1DeploymentCondition
        {
            Type = type,
            Status = status,
            Reason = reason,
            Message = message,
            LastUpdateTime = now,
            LastTransitionTime = old?.Status == status ? old.LastTransitionTime : now,
        };
        if (old is null)
            conditions.Add(condition);
        else
            conditions[conditions.IndexOf(old)] = condition;
    }
}
