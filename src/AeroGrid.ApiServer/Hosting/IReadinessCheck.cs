namespace AeroGrid.ApiServer.Hosting;

/// <summary>One line of <c>/readyz</c>: the endpoint answers 200 when all registered checks are ready. Thread-safe; costs nothing to ask.</summary>
public interface IReadinessCheck
{
    /// <summary>Name shown by <c>/readyz?verbose</c>, for example <c>gateway</c>.</summary>
    string Name { get; }

    /// <summary>Whether this part can serve.</summary>
    bool IsReady { get; }

    /// <summary>What it waits for, for a person; empty when ready.</summary>
    string Reason { get; }
}
