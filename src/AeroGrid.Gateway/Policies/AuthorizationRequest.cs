using AeroGrid.Gateway.Auth;

using Microsoft.AspNetCore.Http;

namespace AeroGrid.Gateway.Policies;

/// <summary>What policies see of a request: as the app will get it, since on a cluster the policy is enforced beside the app.</summary>
/// <param name="Identity">Who asks; null without a token.</param>
/// <param name="Method">The method.</param>
/// <param name="Path">The path that is forwarded, without query.</param>
/// <param name="Host">The host.</param>
/// <param name="Port">The port of the workload.</param>
/// <param name="Headers">The headers as they came.</param>
internal readonly record struct AuthorizationRequest(
    TokenIdentity? Identity, string Method, string Path, string Host, string Port, IHeaderDictionary Headers);
