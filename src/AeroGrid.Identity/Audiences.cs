namespace AeroGrid.Identity;

/// <summary>
/// Whom a token is for. One token never has both: apps are strangers' code, and a token that an app sees must not open the API. Clients choose
/// with the scope of the same name, token exchange with the parameter <c>audience</c>.
/// </summary>
public static class Audiences
{
    /// <summary>The Kubernetes API and the console.</summary>
    public const string Api = "aerogrid-api";

    /// <summary>Apps behind the gateway.</summary>
    public const string Apps = "aerogrid-apps";
}
