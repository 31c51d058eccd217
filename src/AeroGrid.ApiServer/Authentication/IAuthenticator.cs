using Microsoft.AspNetCore.Http;

namespace AeroGrid.ApiServer.Authentication;

/// <summary>Finds out who sends a request. Several may be registered: the first that knows the caller wins. Thread-safe.</summary>
public interface IAuthenticator
{
    /// <summary>The caller, or null when this authenticator does not know the credential (or there is none).</summary>
    /// <exception cref="Errors.ApiException">401: the credential is of this authenticator's form but not valid; the message says why.</exception>
    ValueTask<UserInfo?> AuthenticateAsync(HttpContext context, CancellationToken cancellationToken);
}

/// <summary>Who sends a request, as <c>authentication.k8s.io/v1</c> UserInfo. Immutable.</summary>
/// <param name="Name">User name.</param>
/// <param name="Groups">Groups; handlers add <c>system:authenticated</c>.</param>
/// <param name="Extra">Further attributes.</param>
/// <param name="Uid">What tells users of the same name at different times apart; null where nothing does.</param>
public sealed record UserInfo(
    string Name, IReadOnlyList<string> Groups, IReadOnlyDictionary<string, IReadOnlyList<string>>? Extra = null, string? Uid = null)
{
    /// <summary>Every known caller.</summary>
    public const string AuthenticatedGroup = "system:authenticated";

    /// <summary>Callers without a credential.</summary>
    public const string UnauthenticatedGroup = "system:unauthenticated";

    /// <summary>May do everything, whatever RBAC says.</summary>
    public const string MastersGroup = "system:masters";

    /// <summary>The caller without a credential.</summary>
    public static UserInfo Anonymous { get; } = new("system:anonymous", [UnauthenticatedGroup]);
}
