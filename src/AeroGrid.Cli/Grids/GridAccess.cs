using System.CommandLine;
using System.CommandLine.Completions;
using AeroGrid.Cli.Connection;
using AeroGrid.Cli.Tokens;
using AeroGrid.Client;
using AeroGrid.Client.Grids;
using AeroGrid.Client.Tokens;
using AeroGrid.Identity;
using AeroGrid.Identity.Clients;

namespace AeroGrid.Cli.Grids;

/// <summary>Access of a command to the grids of an app, as a user of the platform. Disposing it closes the connections.</summary>
internal sealed class GridAccess : IDisposable
{
    /// <summary>The user that commands act as when nobody says otherwise.</summary>
    public const string DefaultUser = "demo";

    private readonly DelegateTokenProvider _tokens;
    private readonly AeroGridClient _client;

    private GridAccess(PlatformConnection platform, string user, string app)
    {
        var exchange = new Lazy<TokenExchange>(() => new TokenExchange(platform.Platform?.Issuer ?? new Uri(platform.Address, "identity"), LocalClient.ReadSecret(platform.DataFolder)));
        _tokens = new DelegateTokenProvider(async (request, cancellationToken) =>
        {
            if (request.Audience == TokenAudiences.Api)
            {
                return new AccessToken(platform.Token);
            }

            var token = await exchange.Value.ForUserAsync(user, Audiences.Apps, cancellationToken);
            return new AccessToken(token.AccessToken, TimeProvider.System.GetUtcNow().AddSeconds(token.ExpiresIn));
        });
        _client = new AeroGridClient(new() { ApiUrl = platform.Address, Tokens = _tokens });
        Grids = _client.Grids(platform.Tenant, app);
    }

    /// <summary>The app's grids.</summary>
    public GridClient Grids { get; }

    /// <summary>Opens the grids of an app. Nothing is sent yet.</summary>
    public static GridAccess Open(PlatformConnection platform, string user, string app) => new(platform, user, app);

    /// <summary><c>--user NAME</c>.</summary>
    public static Option<string> UserOption() => new("--user")
    {
        HelpName = "USER",
        Description = "The user who calls the app.",
        DefaultValueFactory = _ => DefaultUser,
    };

    /// <summary>An argument that names a grid of the app before it, with completion.</summary>
    public static Argument<string> GridArgument(PlatformOptions options, Argument<string> app, Option<string> user)
    {
        var grid = new Argument<string>("grid") { HelpName = "GRID", Description = "The grid's name." };
        grid.CompletionSources.Add(context => Complete(context, options, app, user));
        return grid;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _client.Dispose();
        _tokens.Dispose();
    }

    private static IEnumerable<CompletionItem> Complete(CompletionContext context, PlatformOptions options, Argument<string> app, Option<string> user) =>
        NameCompletion.Names(context, options, async (platform, _, cancellationToken) =>
        {
            // The line is being typed: the app may not be there yet, which is not a mistake to complain of.
            if (context.ParseResult.GetResult(app)?.Tokens is not [var name, ..])
            {
                return [];
            }

            using var access = Open(platform, context.ParseResult.GetValue(user) ?? DefaultUser, name.Value);
            return (await access.Grids.ListGridsAsync(cancellationToken)).Select(g => g.Name);
        });
}
