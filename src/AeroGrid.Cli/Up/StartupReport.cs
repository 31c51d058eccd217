using System.Diagnostics;

namespace AeroGrid.Cli.Up;

/// <summary>What a person sees while the platform starts: one line per part, with the time since the start.</summary>
internal sealed class StartupReport(TextWriter output)
{
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly Lock _gate = new();

    /// <summary>Tells that a part is ready.</summary>
    public void Ready(string part, string detail)
    {
        lock (_gate)
        {
            output.WriteLine($"  {_watch.Elapsed.TotalSeconds,5:0.00} s  {part,-12} {detail}");
        }
    }

    /// <summary>Tells that the end has begun.</summary>
    public void Stopping() => Line("Stopping …");

    /// <summary>Tells that nothing runs any more.</summary>
    public void Stopped() => Line("Stopped.");

    /// <summary>Tells how to use the platform.</summary>
    public void Usage(PlatformAddresses addresses, string kubeconfig, string? firstPassword)
    {
        var password = firstPassword is null ? "the password you were given at the first start" : $"password {firstPassword}";
        lock (_gate)
        {
            output.WriteLine();
            output.WriteLine($"Console   {addresses.Api}");
            output.WriteLine($"Apps      {new Uri(addresses.Apps, "apps/")}");
            output.WriteLine($"Log in    user demo, {password}");
            output.WriteLine($"export KUBECONFIG={kubeconfig}");
            output.WriteLine();
            output.WriteLine("Ready. Ctrl-C stops everything.");
        }
    }

    private void Line(string text)
    {
        lock (_gate)
        {
            output.WriteLine(text);
        }
    }
}

/// <summary>The two origins of a platform on one machine.</summary>
/// <param name="Api">API server, registry, identity provider and console: <c>http://localhost:8000/</c>.</param>
/// <param name="Apps">User apps: <c>http://localhost:8080/</c>.</param>
internal sealed record PlatformAddresses(Uri Api, Uri Apps)
{
    /// <summary>The issuer of the embedded identity provider.</summary>
    public Uri Issuer => new(Api, "identity");
}
