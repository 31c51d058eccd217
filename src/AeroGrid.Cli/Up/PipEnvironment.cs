namespace AeroGrid.Cli.Up;

/// <summary>
/// Which of the variables that <c>aerogrid up</c> was started with reach pip in dependency builds: where packages come from and how to get
/// there. Nothing else does.
/// </summary>
internal static class PipEnvironment
{
    private static readonly string[] Passed =
    [
        "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST", "PIP_DEFAULT_TIMEOUT", "PIP_RETRIES",
        "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
    ];

    /// <summary>The package index; null for pip's own.</summary>
    public static string? IndexUrl => Environment.GetEnvironmentVariable("PIP_INDEX_URL") is { Length: > 0 } url ? url : null;

    /// <summary>The other variables.</summary>
    public static IReadOnlyDictionary<string, string> Others =>
        Passed.Select(name => (name, value: Environment.GetEnvironmentVariable(name)))
            .Where(pair => !string.IsNullOrEmpty(pair.value))
            .ToDictionary(pair => pair.name, pair => pair.value!);
}
