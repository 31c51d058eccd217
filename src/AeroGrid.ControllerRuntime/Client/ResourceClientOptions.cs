namespace AeroGrid.ControllerRuntime.Client;

/// <summary>How a <see cref="ResourceClient"/> talks to the server.</summary>
public sealed record ResourceClientOptions
{
    /// <summary>How long an ordinary request may take, answer included. Watches are not bound by it. Default 30 s.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The User-Agent header, by which audit logs and managedFields name this program.</summary>
    public string UserAgent { get; init; } = "aerogrid-controller-runtime";

    /// <summary>A file with a bearer token that others renew (a projected service account token). It takes the place of the configuration's token.</summary>
    public string? TokenFile { get; init; }

    /// <summary>Where time comes from.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
