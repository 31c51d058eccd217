using System.CommandLine.Completions;
using AeroGrid.Api.Apps;
using AeroGrid.Api.Tenants;
using AeroGrid.Cli.Commands;

namespace AeroGrid.Cli.Connection;

/// <summary>Names for the shell's completion. A platform that is away, or slow, completes nothing: the prompt is no place for errors.</summary>
internal static class NameCompletion
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>The names that a query gives.</summary>
    public static IEnumerable<CompletionItem> Names(
        CompletionContext context, PlatformOptions options, Func<PlatformConnection, string, CancellationToken, Task<IEnumerable<string>>> query)
    {
        try
        {
            var parsed = context.ParseResult;
            using var platform = PlatformConnection.Open(parsed, options);
            using var limit = new CancellationTokenSource(Patience);
            // System.CommandLine asks synchronously; a command-line program has no synchronization context to wait on.
            var names = query(platform, platform.Tenant, limit.Token).GetAwaiter().GetResult();
            return names.Where(name => name.StartsWith(context.WordToComplete, StringComparison.Ordinal)).Select(name => new CompletionItem(name)).ToList();
        }
        catch (Exception e) when (Failure.Explain(e) is not null || e is OperationCanceledException)
        {
            return [];
        }
    }

    /// <summary>Names of the tenant's apps.</summary>
    public static async Task<IEnumerable<string>> AppsAsync(PlatformConnection platform, string tenant, CancellationToken cancellationToken) =>
        (await platform.Client.ListAsync<App>(tenant, cancellationToken)).Select(app => app.Metadata.Name);

    /// <summary>Names of the tenants.</summary>
    public static async Task<IEnumerable<string>> TenantsAsync(PlatformConnection platform, CancellationToken cancellationToken) =>
        (await platform.Client.ListAsync<Tenant>(namespaceName: null, cancellationToken)).Select(tenant => tenant.Metadata.Name);
}
