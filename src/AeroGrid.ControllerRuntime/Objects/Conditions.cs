using k8s.Models;

namespace AeroGrid.ControllerRuntime.Objects;

/// <summary>Conditions as the Kubernetes API conventions want them ("Typical status properties").</summary>
public static class Conditions
{
    /// <summary>
    /// Sets the condition of a type. <c>lastTransitionTime</c> moves only when the status changes, so that setting the same again is no
    /// change and writes nothing.
    /// </summary>
    /// <param name="conditions">The list of the object's status; changed in place.</param>
    /// <param name="type">For example <c>Ready</c>.</param>
    /// <param name="status">True, False, or null for Unknown.</param>
    /// <param name="reason">In CamelCase, for programs; required.</param>
    /// <param name="message">For a person.</param>
    /// <param name="observedGeneration">The <c>metadata.generation</c> that this is about.</param>
    /// <param name="timeProvider">Where time comes from; null for the system's.</param>
    /// <returns>Whether anything changed.</returns>
    public static bool Set(
        IList<V1Condition> conditions,
        string type,
        bool? status,
        string reason,
        string message = "",
        long? observedGeneration = null,
        TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(conditions);
        ArgumentException.ThrowIfNullOrEmpty(type);
        ArgumentException.ThrowIfNullOrEmpty(reason);
        var text = status switch { true => "True", false => "False", null => "Unknown" };
        var condition = Find(conditions, type);
        if (condition is null)
        {
            condition = new V1Condition { Type = type };
            conditions.Add(condition);
        }
        else if (condition.Status == text && condition.Reason == reason && condition.Message == message
            && condition.ObservedGeneration == observedGeneration)
        {
            return false;
        }

        if (condition.Status != text)
        {
            // metav1.Time holds whole seconds: more would come back from the server as another value.
            var now = (timeProvider ?? TimeProvider.System).GetUtcNow();
            condition.LastTransitionTime = new DateTime(now.Ticks - (now.Ticks % TimeSpan.TicksPerSecond), DateTimeKind.Utc);
        }

        condition.Status = text;
        condition.Reason = reason;
        condition.Message = message;
        condition.ObservedGeneration = observedGeneration;
        return true;
    }

    /// <summary>Removes the condition of a type.</summary>
    /// <returns>Whether it was there.</returns>
    public static bool Remove(IList<V1Condition> conditions, string type)
    {
        ArgumentNullException.ThrowIfNull(conditions);
        return Find(conditions, type) is { } condition && conditions.Remove(condition);
    }

    /// <summary>The condition of a type, or null.</summary>
    public static V1Condition? Find(IEnumerable<V1Condition>? conditions, string type) =>
        conditions?.FirstOrDefault(condition => condition.Type == type);

    /// <summary>Whether the condition of a type is True.</summary>
    public static bool IsTrue(IEnumerable<V1Condition>? conditions, string type) => Find(conditions, type)?.Status == "True";

    /// <summary>Whether the condition of a type is False; a missing condition is not.</summary>
    public static bool IsFalse(IEnumerable<V1Condition>? conditions, string type) => Find(conditions, type)?.Status == "False";
}
