namespace AeroGrid.Runner.Hosting;

/// <summary>The runner's own lines among those of the app: short sentences on the error output.</summary>
internal static class Say
{
    public static void That(string sentence) => Console.Error.WriteLine($"aerogrid: {sentence}");
}
