using AeroGrid.ApiServer.Hosting;
using AeroGrid.ApiServer.ServiceAccounts;

namespace AeroGrid.ApiServer.Authentication;

/// <summary>The names under which this API server is the audience of tokens (kube-apiserver's <c>--api-audiences</c>). Immutable.</summary>
internal sealed class ApiAudiences(ApiServerOptions options)
{
    /// <summary>All of them.</summary>
    public IReadOnlyList<string> All { get; } = options.Oidc is { } oidc ? [ServiceAccountTokens.Issuer, oidc.Audience] : [ServiceAccountTokens.Issuer];

    /// <summary>
    /// The audiences that a token for this API server has in common with those that are asked for: none means that it is not for the asker.
    /// </summary>
    /// <param name="wanted">What is asked for; empty for this API server.</param>
    public IReadOnlyList<string> Matching(IReadOnlyList<string> wanted) => wanted.Count == 0 ? All : [.. All.Where(wanted.Contains)];
}
