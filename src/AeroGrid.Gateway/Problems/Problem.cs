namespace AeroGrid.Gateway.Problems;

/// <summary>
/// An error as RFC 9457 describes it, for a person who called an app and wants to know what to do.
/// </summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Slug">The kind of problem, the end of its <c>type</c>.</param>
/// <param name="Title">The kind of problem in words; the same for every occurrence.</param>
/// <param name="Detail">What happened here and what to do.</param>
internal sealed record Problem(int Status, string Slug, string Title, string Detail)
{
    /// <summary>The value of <c>type</c>.</summary>
    public string Type => $"urn:aerogrid:problem:{Slug}";

    /// <summary>Value of <c>Retry-After</c> in seconds.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>Value of <c>WWW-Authenticate</c> (RFC 6750 section 3).</summary>
    public string? Challenge { get; init; }

    /// <summary>Whether the connection cannot be used further.</summary>
    public bool Closes { get; init; }
}
