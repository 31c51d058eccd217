namespace AeroGrid.Cli.Deploy;

/// <summary>What a person sees while a version makes its way: one line per step, with the seconds since the save.</summary>
internal sealed class DeployProgress(TextWriter output, TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();
    private readonly HashSet<string> _told = [];

    /// <summary>Tells a step, once.</summary>
    public void Step(string step, string detail)
    {
        if (_told.Add($"{step} {detail}"))
        {
            output.WriteLine($"  {time.GetElapsedTime(_start).TotalSeconds,6:0.00} s  {step,-13}{detail}");
        }
    }
}
