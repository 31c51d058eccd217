using AeroGrid.Client.Grids;
using AeroGrid.Client.Tokens;

namespace AeroGrid.Client;

/// <summary>How a platform is reached.</summary>
public sealed record AeroGridClientOptions
{
    /// <summary>The platform's API, for example <c>http://localhost:8000</c>.</summary>
    public required Uri ApiUrl { get; init; }

    /// <summary>Tokens for the API and for apps; null sends none.</summary>
    public ITokenProvider? Tokens { get; init; }

    /// <summary>Tokens for apps when they come from elsewhere; null takes those of <see cref="Tokens"/>.</summary>
    public ITokenProvider? AppTokens { get; init; }

    /// <summary>How grids travel.</summary>
    public GridTransport Transport { get; init; } = GridTransport.Grpc;

    /// <summary>
    /// Sends the requests, for example through a proxy or with a private certificate authority; null for a handler of its own. It must be able to
    /// stream answers, and is not disposed.
    /// </summary>
    public HttpMessageHandler? HttpHandler { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
