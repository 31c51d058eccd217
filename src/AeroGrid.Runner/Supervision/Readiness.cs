namespace AeroGrid.Runner.Supervision;

/// <summary>Whether the app has been ready once; from then on it stays so, since old rows are better than none. Thread-safe.</summary>
internal sealed class Readiness
{
    private volatile bool isReady;

    public bool IsReady => isReady;

    public void Ready() => isReady = true;
}
