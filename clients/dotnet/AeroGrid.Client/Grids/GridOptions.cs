namespace AeroGrid.Client.Grids;

/// <summary>What is subscribed to, and how.</summary>
public sealed record GridOptions
{
    /// <summary>The columns to get, in this order; all of the grid when empty.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>Only rows whose key starts with this; all when empty.</summary>
    public string KeyPrefix { get; init; } = "";

    /// <summary>How often changes come at most, above 0 to 1000 times a second; null for the server's choice (20). Between two, newer values replace older ones.</summary>
    public double? MaxUpdatesPerSecond { get; init; }

    /// <summary>Goes on from here without a snapshot, where the server can: for a program that has kept the rows and columns itself.</summary>
    public GridPosition? ResumeFrom { get; init; }

    /// <summary>
    /// Whether a first connection that fails, because the app is away, is tried again too. Without it the failure is thrown, which is what a
    /// person at a prompt wants; a program that runs for days wants true.
    /// </summary>
    public bool WaitForApp { get; init; }
}

/// <summary>How grids travel.</summary>
public enum GridTransport
{
    /// <summary>gRPC over HTTP/2; in clear text with prior knowledge.</summary>
    Grpc,

    /// <summary>gRPC-Web over HTTP/1.1 or 2: for proxies that let no HTTP/2 through.</summary>
    GrpcWeb,
}
